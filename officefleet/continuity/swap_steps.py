"""The steps of a swap, each with its way back.

Order matters: the register gives the identity away before the spare takes it, and on the way back the spare lets
go of it before the register gives it back. At no moment may two machines carry it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from officefleet.continuity.binder.page import Origin, Page
from officefleet.continuity.cables import moves
from officefleet.continuity.knock import endpoint, silence
from officefleet.continuity.verifying.outcome import Standing
from officefleet.continuity.verifying.runner import Verifier
from officefleet.drivers.drift import DriftKind, drift
from officefleet.drivers.live import LiveFacts
from officefleet.errors import ContinuityError, ExitCode, UnreachableError
from officefleet.i18n import _, ngettext
from officefleet.models import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.cables import Move
    from officefleet.continuity.journal import Swap
    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine


@dataclass(frozen=True, slots=True)
class Journey:
    """What the steps of one swap share."""

    setting: Setting
    swap: Swap
    poste: Machine
    spare: Machine

    @property
    def variables(self) -> dict[str, str | bool]:
        """The extra variables of every playbook of a swap."""
        return {
            "failed_poste": self.swap.poste,
            "spare_poste": self.swap.spare,
            "nas_poste": self.swap.nas,
            "fence_order": not self.swap.nas,
        }

    def listens(self, host: str) -> bool:
        """Return whether a machine's ssh port answers."""
        return not silence(endpoint(self.setting.inventory, host, self.setting.player.options))


class PausedError(ContinuityError):
    """A person has to do something first."""

    code = "continuity.paused"


@dataclass(frozen=True, slots=True)
class Register:
    """The register on the NAS says who carries the identity."""

    journey: Journey
    name: ClassVar[str] = "register"

    def do(self) -> str:
        """Give the identity to the spare."""
        if not self.journey.swap.nas:
            return _("left out: no register")
        self.journey.setting.player.must_play(["register-identity.yml"], self.journey.variables)
        return ""

    def undo(self) -> str:
        """Give the identity back to the machine of that name, and release it if it answers."""
        journey, poste = self.journey, self.journey.swap.poste
        if journey.swap.nas:
            variables = {**journey.variables, "spare_poste": ""}
            journey.setting.player.must_play(["register-identity.yml"], variables)
        if journey.listens(poste):
            journey.setting.player.must_play(["unfence-poste.yml"], journey.variables)
            return _("{poste} is itself again").format(poste=poste)
        if journey.swap.nas:
            return _("{poste} does not answer: it will be itself when it comes back").format(poste=poste)
        return _(
            "{poste} does not answer; if it was fenced: officefleet run playbooks/unfence-poste.yml"
            " -e failed_poste={poste}"
        ).format(poste=poste)


@dataclass(frozen=True, slots=True)
class Fence:
    """The failed poste stops being itself, now or when it comes back."""

    journey: Journey
    name: ClassVar[str] = "fence"

    def do(self) -> str:
        """Fence the poste if it answers."""
        journey, poste = self.journey, self.journey.swap.poste
        if journey.listens(poste):
            played = journey.setting.player.play(["fence-poste.yml"], journey.variables)
            if played.code == ExitCode.OK:
                return _("{poste} is fenced").format(poste=poste)
            if not journey.swap.nas:
                raise ContinuityError(
                    _("{poste} still runs and could not be fenced: {reason}").format(
                        poste=poste, reason=played.problem()
                    ),
                    hint=_("unplug it, then give the same command again"),
                )
            return _(
                "{poste} could not be fenced ({reason}): its guard asks the register within a minute"
            ).format(poste=poste, reason=played.problem())
        if not journey.swap.nas:
            return _("{poste} does not answer: keep it unplugged").format(poste=poste)
        return _("{poste} does not answer: the register fences it when it comes back").format(poste=poste)

    def undo(self) -> str:
        """Nothing yet: the poste is released once the register has given the identity back."""
        return ""


@dataclass(frozen=True, slots=True)
class Identity:
    """The spare takes the poste's name, settings and role."""

    journey: Journey
    name: ClassVar[str] = "identity"

    def do(self) -> str:
        """Make the spare the poste."""
        self.journey.setting.player.must_play(["swap-spare.yml"], self.journey.variables)
        return _("{spare} carries {poste}").format(
            spare=self.journey.swap.spare, poste=self.journey.swap.poste
        )

    def undo(self) -> str:
        """Make the spare a spare again."""
        self.journey.setting.player.must_play(["swap-back.yml"], self.journey.variables)
        return _("{spare} is a spare again").format(spare=self.journey.swap.spare)


@dataclass(frozen=True, slots=True)
class Cables:
    """A person moves the peripherals."""

    journey: Journey
    name: ClassVar[str] = "cables"

    def do(self) -> str:
        """Say which cables to move to the spare, and wait for each."""
        return self._guide(moves(self.journey.poste, self.journey.spare, self.journey.poste))

    def undo(self) -> str:
        """Say which cables to move back, and wait for each."""
        return self._guide(moves(self.journey.spare, self.journey.poste, self.journey.poste))

    def _guide(self, cables: Sequence[Move]) -> str:
        person = self.journey.setting.person
        for number, move in enumerate(cables, 1):
            person.say(f"  {number}/{len(cables)}  {move.text()}")
            if not person.confirm(_("Is it plugged in?")):
                raise PausedError(
                    _("the swap waits for a cable: {name}").format(name=move.peripheral.name),
                    hint=_("the same command goes on; --undo takes everything back"),
                )
        return ngettext("{count} cable", "{count} cables", len(cables)).format(count=len(cables))


@dataclass(frozen=True, slots=True)
class Verify:
    """Proves the spare with the tests of its roles, and looks whether the peripherals are there."""

    journey: Journey
    name: ClassVar[str] = "verify"

    def do(self) -> str:
        """Prove it."""
        journey = self.journey
        proven = prove(journey.setting, journey.swap.spare, {journey.swap.poste: journey.swap.spare})
        carried = journey.spare.model_copy(update={"peripherals": journey.poste.peripherals})
        seen = peripherals_seen(journey.setting, journey.swap.spare, carried)
        return ", ".join(part for part in (proven, seen) if part)

    def undo(self) -> str:
        """Nothing was changed."""
        return ""


@dataclass(frozen=True, slots=True)
class Write:
    """The binder gets its page."""

    journey: Journey
    name: ClassVar[str] = "binder"

    @property
    def _id(self) -> str:
        return f"swap-{self.journey.swap.id}"

    def do(self) -> str:
        """File the swap."""
        swap = self.journey.swap
        page = Page(
            id=self._id,
            pharmacy=swap.pharmacy,
            machine=swap.poste,
            opened=dt.datetime.fromtimestamp(int(swap.started), tz=dt.UTC),
            severity=Severity.POSTE_DOWN,
            symptom=_("{poste} out of service").format(poste=swap.poste),
            remedy=_("{spare} stands in for {poste}").format(spare=swap.spare, poste=swap.poste),
            tags=("swap",),
            origin=Origin.SWAP,
        )
        self.journey.setting.binder.file(page)
        return _("incident {id}").format(id=page.id)

    def undo(self) -> str:
        """Close the incident; what happened stays written."""
        binder = self.journey.setting.binder
        found = binder.get(self._id) if binder.has(self._id) else None
        if found is None:
            return ""
        binder.note(found, _("{spare} is a spare again").format(spare=self.journey.swap.spare))
        binder.close(found)
        return _("incident {id} closed").format(id=found.id)


def road(journey: Journey) -> tuple[Register | Fence | Identity | Cables | Verify | Write, ...]:
    """Return the steps of a swap, in order."""
    return (
        Register(journey),
        Fence(journey),
        Identity(journey),
        Cables(journey),
        Verify(journey),
        Write(journey),
    )


def prove(setting: Setting, host: str, stand_ins: dict[str, str], *, hint: str = "") -> str:
    """Prove a machine with testinfra; return how many tests it passed; `hint` says what helps when it fails.

    Raises:
        ContinuityError: a test does not hold.
        UnreachableError: the machine does not answer.

    """
    roles = setting.player.folder.parent / "roles"
    outcome = Verifier(setting.inventory, setting.player.options, roles, stand_ins).verify([host])[0]
    if outcome.standing is Standing.UNREACHABLE:
        raise UnreachableError(_("{host}: {reason}").format(host=host, reason=outcome.note))
    if outcome.standing is Standing.FAILED:
        reason = outcome.note or f"{outcome.failures[0].test}: {outcome.failures[0].message}"
        raise ContinuityError(
            _("{host} is not what it must be: {reason}").format(host=host, reason=reason),
            hint=hint or _("mend it and give the same command again, or take everything back with --undo"),
        )
    return ngettext("{count} test passed", "{count} tests passed", outcome.passed).format(
        count=outcome.passed
    )


def peripherals_seen(setting: Setting, host: str, carried: Machine) -> str:
    """Return which of the peripherals that a machine must carry it sees; whether it shows any USB device at all."""
    facts = setting.read_live([host]).get(host)
    if not isinstance(facts, LiveFacts) or not facts.devices:
        return _("peripherals not tested: {host} shows no USB device").format(host=host)
    found = drift(carried, facts, setting.rules().catalog)
    wrong = [one.message for one in found if one.kind not in (DriftKind.UNRECORDED, DriftKind.OTHER_BUILD)]
    return _("peripherals: {problems}").format(problems="; ".join(wrong)) if wrong else _("peripherals seen")
