"""Swapping a spare in, taking that back, and what happens when it was interrupted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from officefleet.continuity.journal import SwapState
from officefleet.continuity.lock import PharmacyLock
from officefleet.continuity.preflight import preflight
from officefleet.continuity.readings import nas_of
from officefleet.continuity.road import Walker, walk, walk_back
from officefleet.continuity.swap_steps import Journey, prove, road
from officefleet.errors import ContinuityError, UnreachableError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.journal import Swap
    from officefleet.continuity.preflight import Plan, Wish
    from officefleet.continuity.setting import Setting


class Follower(Walker, Protocol):
    """Follows a swap from its plan on."""

    def planned(self, plan: Plan, seconds: float) -> None:
        """Tell of the preflight's result."""

    def resumed(self, swap: Swap) -> None:
        """Tell that an interrupted swap goes on."""


def swap_in(setting: Setting, wish: Wish, walker: Follower) -> Swap:
    """Let a spare take a poste's place; an interrupted swap of that poste goes on where it stopped.

    Raises:
        ContinuityError: it cannot be, or a step failed; what was done stays written down.
        UnreachableError: a machine that is needed does not answer.

    """
    poste = setting.machine(wish.poste)
    with PharmacyLock(setting.store, setting.home(poste.name).id):
        swap = setting.journal.of_poste(poste.name)
        if swap is None:
            begun = time.monotonic()
            plan = preflight(setting, wish)
            walker.planned(plan, time.monotonic() - begun)
            swap = setting.journal.open_swap(
                plan.pharmacy.id, poste.name, plan.spare.name, nas=plan.nas, anyway=wish.anyway
            )
        else:
            if swap.state is SwapState.STANDING and not swap.nas:
                return _register_late(setting, swap)
            _may_go_on(swap, wish)
            walker.resumed(swap)
        walk(setting.journal, swap, road(_journey(setting, swap)), walker)
    return swap


def _register_late(setting: Setting, swap: Swap) -> Swap:
    """Tell the register of a swap that was made while it was away.

    Raises:
        UnreachableError: it is still away.

    """
    nas = nas_of(setting.home(swap.poste))
    if not nas:
        raise ContinuityError(
            _("{spare} already stands in for {poste}").format(spare=swap.spare, poste=swap.poste),
            hint=_("officefleet spare swap-back {poste}").format(poste=swap.poste),
        )
    variables = {"failed_poste": swap.poste, "spare_poste": swap.spare, "nas_poste": nas}
    setting.player.must_play(["register-identity.yml"], variables)
    setting.journal.registered(swap, nas)
    setting.person.say(_("The register knows now: {poste} may be plugged in again.").format(poste=swap.poste))
    return swap


def _may_go_on(swap: Swap, wish: Wish) -> None:
    if swap.state is SwapState.STANDING:
        raise ContinuityError(
            _("{spare} already stands in for {poste}").format(spare=swap.spare, poste=swap.poste),
            hint=_("officefleet spare swap-back {poste}").format(poste=swap.poste),
        )
    if swap.state is SwapState.RETURNING:
        raise ContinuityError(
            _("{spare} is on its way back from {poste}").format(spare=swap.spare, poste=swap.poste),
            hint=_("first finish that: officefleet spare swap --undo {poste}").format(poste=swap.poste),
        )
    if wish.spare not in (None, swap.spare):
        raise ContinuityError(
            _("the swap of {poste} was begun with {spare}").format(poste=swap.poste, spare=swap.spare),
            hint=_("take it back first: officefleet spare swap --undo {poste}").format(poste=swap.poste),
        )


def swap_out(setting: Setting, name: str, walker: Walker, *, repaired: bool) -> Swap:
    """Give the identity back and make the spare a spare again; goes on where it was interrupted.

    Args:
        setting: see `Setting`.
        name: the poste.
        walker: is told how it goes.
        repaired: the poste must answer, and is proven at the end.

    Raises:
        ContinuityError: no such swap, or a step failed.
        UnreachableError: a machine that is needed does not answer.

    """
    poste = setting.machine(name)
    with PharmacyLock(setting.store, setting.home(poste.name).id):
        swap = setting.journal.of_poste(poste.name)
        if swap is None:
            raise ContinuityError(
                _("no spare stands in for {poste}").format(poste=poste.name),
                hint=_("see `officefleet spare status`"),
            )
        journey = _journey(setting, swap)
        if repaired and not journey.listens(poste.name):
            raise UnreachableError(
                _("{poste} does not answer: nothing to swap back to").format(poste=poste.name),
                hint=_("to free the spare all the same: officefleet spare swap --undo {poste}").format(
                    poste=poste.name
                ),
            )
        walk_back(setting.journal, swap, road(journey), walker)
        if repaired:
            prove(setting, poste.name, {})
    return swap


def _journey(setting: Setting, swap: Swap) -> Journey:
    return Journey(setting, swap, setting.machine(swap.poste), setting.machine(swap.spare))
