"""Rebuilding a poste, and going on with it after any interruption."""

from __future__ import annotations

import platform
import sqlite3
import time
from typing import TYPE_CHECKING

from officefleet.continuity.rebuild.journal import Rebuild, RebuildJournal, RebuildState, busy
from officefleet.continuity.rebuild.journey import Journey, folder_of
from officefleet.continuity.rebuild.persona import forget
from officefleet.continuity.rebuild.preflight import preflight
from officefleet.continuity.rebuild.steps import look, road
from officefleet.continuity.road import walk_steps
from officefleet.durable.lock import FileLock
from officefleet.durable.person import who
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.rebuild.journey import Follower, Tools
    from officefleet.continuity.rebuild.order import Wish
    from officefleet.continuity.rebuild.preflight import Plan
    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine


_PREVIEW = "preview"


class NotConfirmedError(ContinuityError):
    """The person did not say yes; nothing was changed."""

    code = "continuity.not-confirmed"


def rebuild(
    setting: Setting, tools: Tools, wish: Wish, follower: Follower, *, only_resume: bool = False
) -> Rebuild:
    """Rebuild a poste; an interrupted rebuild of it goes on where it stopped.

    Args:
        setting: see `Setting`; its person confirms.
        tools: see `Tools`.
        wish: what is asked for; an interrupted rebuild keeps what was asked for when it began.
        follower: is told how it goes.
        only_resume: refuse to begin a new one.

    Raises:
        ContinuityError: it cannot be, or a step failed; what was done stays written down.
        UnreachableError: the poste does not answer.
        SignatureError: the image is not to be believed.
        StoreError: the store does not answer.

    """
    poste = setting.machine(wish.poste)
    journal = RebuildJournal(setting.connection)
    with _lock(setting, journal, poste):
        one = journal.of_poste(poste.name)
        if one is None:
            if only_resume:
                raise ContinuityError(
                    _("no rebuild of {poste} was interrupted").format(poste=poste.name),
                    hint=_("officefleet rebuild {poste} begins one").format(poste=poste.name),
                )
            _must_be_known(tools, poste)
            begun = time.monotonic()
            plan = preflight(setting, wish)
            follower.planned(plan, time.monotonic() - begun)
            _confirm(setting, plan)
            one = journal.open(plan.pharmacy.id, poste.name, plan.order)
        else:
            _may_go_on(one, wish)
            follower.resumed(one)
        journey = Journey(setting, tools, one, poste, follower, wish.patience)
        try:
            walk_steps(journal, one, road(journey), follower)
            journal.move(one, RebuildState.DONE)
        except (OSError, sqlite3.Error) as error:
            raise ContinuityError(
                _("this computer cannot keep its records: {reason}").format(reason=error),
                hint=_("is its disk full? Then make room: the same command goes on"),
            ) from error
        forget(journey.folder)
    return one


def preview(setting: Setting, tools: Tools, wish: Wish, follower: Follower) -> Plan:
    """Say what a rebuild would do; nothing is changed and nothing is begun.

    Raises:
        ContinuityError: why it cannot be; see `rebuild`.

    """
    poste = setting.machine(wish.poste)
    going = RebuildJournal(setting.connection).of_poste(poste.name)
    if going is not None:
        follower.resumed(going)
    _must_be_known(tools, poste)
    begun = time.monotonic()
    plan = preflight(setting, wish)
    follower.planned(plan, time.monotonic() - begun)
    here = Rebuild(
        _PREVIEW,
        plan.pharmacy.id,
        poste.name,
        plan.order,
        RebuildState.GOING,
        who(),
        platform.node(),
        time.time(),
        None,
    )
    journey = Journey(setting, tools, here, poste, follower, wish.patience)
    try:
        follower.waiting(look(journey))
    finally:
        forget(journey.folder)
    return plan


def abandon(setting: Setting, name: str) -> Rebuild:
    """Give an interrupted rebuild up; what it kept is removed, the poste is not touched.

    Raises:
        ContinuityError: there is none, or it is under way.

    """
    poste = setting.machine(name)
    journal = RebuildJournal(setting.connection)
    with _lock(setting, journal, poste):
        one = journal.of_poste(poste.name)
        if one is None:
            raise ContinuityError(_("no rebuild of {poste} was interrupted").format(poste=poste.name))
        journal.move(one, RebuildState.ABANDONED)
        forget(folder_of(setting.store, one.id))
    return one


def _lock(setting: Setting, journal: RebuildJournal, poste: Machine) -> FileLock:
    file = setting.store.with_name(setting.store.name + ".locks") / f"rebuild-{poste.name}.lock"
    return FileLock(file, busy(poste.name, journal.of_poste(poste.name)))


def _must_be_known(tools: Tools, poste: Machine) -> None:
    if not tools.door.host_keys(poste.name):
        raise ContinuityError(
            _(
                "the rescue environment of {poste} is not known here: it could not be told from a stranger"
            ).format(poste=poste.name),
            hint=_(
                "officefleet rescue media {poste} --out /dev/sdX makes its stick, officefleet rescue arm {poste} its network start"
            ).format(poste=poste.name),
        )


def _confirm(setting: Setting, plan: Plan) -> None:
    kept = [] if plan.order.initialise_preserved else plan.order.preserved
    what = (
        _("everything on the disk of {poste} but {names} is overwritten").format(
            poste=plan.poste.name, names=", ".join(kept)
        )
        if kept
        else _("EVERYTHING on the disk of {poste} is overwritten").format(poste=plan.poste.name)
    )
    setting.person.say("  " + what)
    if not setting.person.confirm(_("Go on?")):
        raise NotConfirmedError(_("not confirmed; nothing was changed"), hint=_("--yes confirms beforehand"))


def _may_go_on(one: Rebuild, wish: Wish) -> None:
    order = one.order
    wanted = (
        wish.image or order.image,
        wish.version or order.version,
        wish.store or order.store,
        wish.disk or order.disk,
    )
    if wanted != (order.image, order.version, order.store, order.disk):
        raise ContinuityError(
            _("the rebuild of {poste} was begun with image {image} {version} from {store}").format(
                poste=one.poste, image=order.image, version=order.version, store=order.store
            ),
            hint=_("go on with it, or give it up first: officefleet rebuild {poste} --abandon").format(
                poste=one.poste
            ),
        )
