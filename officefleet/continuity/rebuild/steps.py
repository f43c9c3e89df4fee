"""The steps of a rebuild. Each may be done again after any interruption; none leaves a disk that boots by half."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from officefleet.continuity.binder.page import Origin, Page
from officefleet.continuity.rebuild.disks import check_health, choose
from officefleet.continuity.rebuild.journey import answers
from officefleet.continuity.swap_steps import peripherals_seen, prove
from officefleet.errors import (
    AuthenticationError,
    ContinuityError,
    HostKeyError,
    TransportError,
    UnreachableError,
)
from officefleet.i18n import _
from officefleet.models import Severity
from officefleet.transports.base import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.continuity.rebuild.journey import Journey
    from officefleet.continuity.rebuild.order import Order
    from officefleet.continuity.rebuild.rescue import RescueLine
    from officefleet.transports.base import Endpoint

_TELL = 30.0  # seconds between two words while something is waited for
_ATTEMPTS = 30  # connections for one restore
_LOGIN = 180.0  # seconds from the restart until the poste must let its accounts in
_MB = 1_000_000
PLAYBOOK = "site.yml"


@dataclass(frozen=True, slots=True)
class Rescue:
    """The poste starts into the rescue environment."""

    journey: Journey
    name: ClassVar[str] = "rescue"

    def do(self) -> str:
        """Wait until it answers there; say what a person has to do."""
        journey, poste = self.journey, self.journey.rebuild.poste
        told, end = 0.0, time.monotonic() + journey.patience
        asked = False
        while True:
            who = journey.in_rescue()
            if who == "right":
                journey.tools.door.arrived(poste)
                return _("{poste} is in the rescue environment").format(poste=poste)
            if who == "other" and not asked:
                asked = True
                self._send()
            if time.monotonic() >= end:
                raise UnreachableError(
                    _("{poste} does not answer in the rescue environment").format(poste=poste),
                    hint=_("start it from the USB stick, then give the same command again"),
                )
            if not told or time.monotonic() - told > _TELL:
                journey.follower.waiting(guidance(poste, runs=who == "other", first=not told))
                told = time.monotonic()
            journey.pause(0.5)

    def undo(self) -> str:
        """Nothing was changed."""
        return ""

    def _send(self) -> None:
        """Restart a poste that still runs, if its network start is armed and the person agrees."""
        journey, poste = self.journey, self.journey.rebuild.poste
        if not journey.tools.door.armed(poste):
            return
        question = _("{poste} still runs its old system. Restart it into the rescue environment now?")
        if journey.setting.person.confirm(question.format(poste=poste)):
            transport = connect(journey.home())
            try:
                transport.start("sudo -n systemctl reboot || sudo -n reboot").exit_status(timeout=20)
            except TransportError as error:
                journey.follower.waiting(
                    _("it could not be restarted: {reason}").format(reason=error.message)
                )
            finally:
                transport.close()


@dataclass(frozen=True, slots=True)
class Restore:
    """The image is put on the disk, with the poste's identity, and proven; then only does the disk boot."""

    journey: Journey
    name: ClassVar[str] = "restore"

    def do(self) -> str:
        """Start the restore, or find it at work, and follow it to its end; a poste that was cut off is waited for."""
        for _attempt in range(_ATTEMPTS):
            line = self.journey.line()
            try:
                return _said(self._try(line))
            except (UnreachableError, HostKeyError) as error:
                self.journey.follower.waiting(error.message)
            finally:
                line.close()
            self.journey.pause(1)
            Rescue(self.journey).do()
        raise UnreachableError(
            _("{poste}: the connection breaks again and again").format(poste=self.journey.rebuild.poste),
            hint=_("its disk does not boot meanwhile; the same command goes on"),
        )

    def undo(self) -> str:
        """Nothing brings back what was on the disk."""
        return ""

    def _try(self, line: RescueLine) -> Mapping[str, Any]:
        order, journey = self.journey.rebuild.order, self.journey
        disk = disk_of(journey, line)
        bundle = {"trust.json": journey.tools.trust.read_text(encoding="utf-8")}
        if order.root:
            bundle["identity.json"] = journey.identity().text
        line.start(journey.owner, arguments(order, disk), bundle)
        return line.follow(self._progress)

    def _progress(self, event: Mapping[str, Any]) -> None:
        self.journey.follower.progress(event)
        self.journey.pause(0)


@dataclass(frozen=True, slots=True)
class Restart:
    """The poste starts from its disk, and shows the host key that was made for it."""

    journey: Journey
    name: ClassVar[str] = "restart"

    def do(self) -> str:
        """Order the restart if it is still in the rescue environment; wait for its own system."""
        journey, poste = self.journey, self.journey.rebuild.poste
        identity = journey.identity()
        place = self._own_place(identity.host_key_public)
        begun = told = time.monotonic()
        end, ordered = begun + journey.patience, 0.0
        while True:
            if self._is_itself(place, patient=time.monotonic() - begun < _LOGIN):
                break
            if time.monotonic() - ordered > _TELL and journey.in_rescue() == "right":
                if ordered:
                    journey.follower.waiting(
                        _("{poste} started from the USB stick again: take it out").format(poste=poste)
                    )
                self._order()
                ordered = time.monotonic()
            if time.monotonic() >= end:
                raise UnreachableError(
                    _("{poste} does not come up with its new system").format(poste=poste),
                    hint=_("take the USB stick out, restart it, and give the same command again"),
                )
            if time.monotonic() - told > _TELL:
                told = time.monotonic()
                journey.follower.waiting(_("waiting for {poste} to start").format(poste=poste))
            journey.pause()
        home = journey.home()
        journey.tools.record_key(home.address, home.port, identity.host_key_public)
        return _("its host key is recorded")

    def undo(self) -> str:
        """Nothing was changed."""
        return ""

    @staticmethod
    def _is_itself(place: Endpoint, *, patient: bool) -> bool:
        try:
            return answers(place) == "right"
        except AuthenticationError:
            if patient:  # while a system starts, it lets nobody in but root
                return False
            raise

    def _own_place(self, key: str) -> Endpoint:
        home = self.journey.home()
        file = self.journey.folder / "own_hosts"
        name = home.address if home.port == 22 else f"[{home.address}]:{home.port}"  # noqa: PLR2004  ssh's own port
        file.write_text(f"{name} {key}\n", encoding="ascii")
        return replace(home, known_hosts=(str(file),), check_host_key=True)

    def _order(self) -> None:
        line = self.journey.line()
        try:
            line.restart()
        except UnreachableError:
            return  # it went down before it could answer
        finally:
            line.close()


@dataclass(frozen=True, slots=True)
class Configure:
    """The poste gets the configuration of its role."""

    journey: Journey
    name: ClassVar[str] = "role"

    def do(self) -> str:
        """Play the playbook of all machines on this one; package lists are left alone: there may be no Internet."""
        poste = self.journey.rebuild.poste
        if self.journey.rebuild.order.system == "windows":
            raise ContinuityError(
                _(
                    "{poste} is restored and shows its own host key, but nothing here configures and proves"
                    " Windows postes yet"
                ).format(poste=poste),
                hint=_("do both by hand, then: officefleet rebuild {poste} --abandon").format(poste=poste),
            )
        variables: dict[str, str | bool] = {"poste_update_cache": False}
        played = self.journey.setting.player.must_play([PLAYBOOK], variables, limit=poste)
        return _("run {run}").format(run=played.run)

    def undo(self) -> str:
        """Nothing to take back: the same playbook is pushed to a poste that was never rebuilt."""
        return ""


@dataclass(frozen=True, slots=True)
class Verify:
    """Proves the poste with the tests of its roles, and looks whether its peripherals are there."""

    journey: Journey
    name: ClassVar[str] = "verify"

    def do(self) -> str:
        """Prove it."""
        setting, machine = self.journey.setting, self.journey.machine
        swap = setting.journal.of_poste(machine.name)
        stand_ins = {machine.name: swap.spare} if swap is not None else {}
        proven = prove(setting, machine.name, stand_ins, hint=_("mend it; the same command goes on"))
        seen = peripherals_seen(setting, machine.name, machine)
        back = (
            _("{spare} still stands in: officefleet spare swap-back {poste}").format(
                spare=swap.spare, poste=machine.name
            )
            if swap is not None
            else ""
        )
        return ", ".join(part for part in (proven, seen, back) if part)

    def undo(self) -> str:
        """Nothing was changed."""
        return ""


@dataclass(frozen=True, slots=True)
class Write:
    """The binder gets its page."""

    journey: Journey
    name: ClassVar[str] = "binder"

    def do(self) -> str:
        """File the rebuild, closed: it is over."""
        one, order = self.journey.rebuild, self.journey.rebuild.order
        page = Page(
            id=f"rebuild-{one.id}",
            pharmacy=one.pharmacy,
            machine=one.poste,
            opened=dt.datetime.fromtimestamp(int(one.started), tz=dt.UTC),
            closed=dt.datetime.fromtimestamp(int(time.time()) + 1, tz=dt.UTC),
            severity=Severity.POSTE_DOWN,
            symptom=_("{poste} rebuilt").format(poste=one.poste),
            remedy=_("restored from image {image} {version}, configured and verified").format(
                image=order.image, version=order.version
            ),
            tags=("rebuild",),
            origin=Origin.REBUILD,
        )
        self.journey.setting.binder.file(page)
        return _("incident {id}").format(id=page.id)

    def undo(self) -> str:
        """Nothing to take back: what happened stays written."""
        return ""


def road(journey: Journey) -> tuple[Rescue | Restore | Restart | Configure | Verify | Write, ...]:
    """Return the steps of a rebuild, in order."""
    return (
        Rescue(journey),
        Restore(journey),
        Restart(journey),
        Configure(journey),
        Verify(journey),
        Write(journey),
    )


def disk_of(journey: Journey, line: RescueLine) -> str:
    """Return the disk that is restored, fit and healthy as far as it says.

    Raises:
        ContinuityError: there is none.
        UnreachableError: the poste does not answer.

    """
    order = journey.rebuild.order
    if order.disk and not order.disk.startswith("/dev/"):
        return order.disk  # a file that plays a disk; the restore itself refuses what does not fit
    disk = choose(line.disks(), order)
    note = check_health(disk, line.health(disk.path))
    if note:
        journey.follower.waiting(note)
    return disk.path


def look(journey: Journey) -> str:
    """Return what the poste itself says before a rebuild, as far as it can be asked.

    Raises:
        ContinuityError: it has no disk that will do.

    """
    poste = journey.rebuild.poste
    seen = journey.in_rescue()
    if seen == "right":
        line = journey.line()
        try:
            return _("{poste} is in the rescue environment; {disk} would be restored").format(
                poste=poste, disk=disk_of(journey, line)
            )
        finally:
            line.close()
    if seen == "other":
        return _("{poste} still runs its old system; its disk is looked at in the rescue environment").format(
            poste=poste
        )
    return _("{poste} does not answer; its disk is looked at in the rescue environment").format(poste=poste)


def arguments(order: Order, disk: str) -> list[str]:
    """Return the arguments of the restore; files named are those of its working folder."""
    words = ["--store", order.store, "--image", order.image, "--version", str(order.version)]
    words += ["--trust", "trust.json", "--target", disk]
    if order.root:
        words += ["--identity", "identity.json", "--root-partition", str(order.root)]
    for name in ("allow_older", "allow_expired", "initialise_preserved"):
        if getattr(order, name):
            words.append(f"--{name.replace('_', '-')}")
    return words


def guidance(poste: str, *, runs: bool, first: bool) -> str:
    """Return what a person at the poste has to do."""
    if not first:
        return _("still waiting for {poste} in the rescue environment").format(poste=poste)
    if runs:
        return _(
            "{poste} still runs. Put the rescue USB stick in, restart the poste, press F12 (or Esc, F9, F11) at once"
            " and choose the stick"
        ).format(poste=poste)
    return _(
        "put the rescue USB stick into {poste}, switch it on, press F12 (or Esc, F9, F11) at once and choose the stick"
    ).format(poste=poste)


def _said(report: Mapping[str, Any]) -> str:
    fetched, written = int(report.get("fetched", 0)) // _MB, int(report.get("written", 0)) // _MB
    unproven = ", ".join(str(one) for one in report.get("unproven") or ())
    text = (
        _("the disk was right already")
        if report.get("already_right")
        else _("{fetched} MB fetched, {written} MB written and read back").format(
            fetched=fetched, written=written
        )
    )
    if unproven:
        text += "; " + _("left as found: {names}").format(names=unproven)
    return text
