"""One verdict for each spare, with its reasons; and drills, which prove a spare without touching a live poste."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from officefleet.continuity import fitness
from officefleet.continuity.fitness import Reason, Weight
from officefleet.continuity.journal import SwapState
from officefleet.continuity.lock import PharmacyLock
from officefleet.continuity.readings import read
from officefleet.continuity.swap_steps import prove
from officefleet.errors import ContinuityError, OfficefleetError
from officefleet.i18n import _
from officefleet.inventory.local_checks import replaces
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from officefleet.continuity.journal import Swap
    from officefleet.continuity.readings import Reading
    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine, Pharmacy


class Readiness(StrEnum):
    """The verdict on a spare."""

    READY = "ready"
    WARNING = "warning"  # it can stand in, something should be looked after
    NOT_READY = "not_ready"
    STANDS_IN = "stands_in"
    INTERRUPTED = "interrupted"  # a swap or its way back was begun and not ended


@dataclass(frozen=True, slots=True)
class SpareStatus:
    """What is said of one spare; `poste` is the one it stands in for, or ""."""

    spare: str
    pharmacy: str
    readiness: Readiness
    reasons: tuple[Reason, ...]
    poste: str = ""
    since: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the status as plain data."""
        return {
            "spare": self.spare,
            "pharmacy": self.pharmacy,
            "readiness": self.readiness.value,
            "stands_in_for": self.poste or None,
            "since": self.since,
            "reasons": [
                {"weight": one.weight.name.lower(), "text": one.text, "poste": one.poste or None}
                for one in self.reasons
            ],
        }


def statuses(setting: Setting, pharmacy: Pharmacy) -> list[SpareStatus]:
    """Return the status of each spare of a pharmacy."""
    spares = pharmacy.of_kind(MachineKind.SPARE)
    if not spares:
        return []
    readings = read(setting.player, pharmacy, [one.name for one in spares], provisioning=True)
    setting.journal.record_seen([name for name, one in readings.machines.items() if one.answers])
    active = {swap.spare: swap for swap in setting.journal.active(pharmacy.id)}
    index = setting.rules()
    found = []
    for spare in spares:
        reasons = list(fitness.of_machine(setting, spare, readings))
        for poste in replaces(spare, pharmacy):
            reasons += fitness.for_poste(index, spare, poste, pharmacy, readings.machines[spare.name])
        if readings.register is None:
            reasons.append(
                Reason(Weight.WARN, _("no register: {reason}").format(reason=readings.no_register))
            )
        carried = next((one for one, by in (readings.register or {}).items() if by == spare.name), "")
        found.append(_status(spare, pharmacy, reasons, active.get(spare.name), carried))
    return found


def _status(
    spare: Machine, pharmacy: Pharmacy, reasons: list[Reason], swap: Swap | None, carried: str
) -> SpareStatus:
    if swap is not None:
        standing = swap.state is SwapState.STANDING
        if standing and not swap.nas:
            reasons.append(
                Reason(
                    Weight.WARN,
                    _(
                        "the register does not know of it; when the NAS is back: officefleet spare swap {poste}"
                    ).format(poste=swap.poste),
                )
            )
        readiness = Readiness.STANDS_IN if standing else Readiness.INTERRUPTED
        return SpareStatus(spare.name, pharmacy.id, readiness, tuple(reasons), swap.poste, swap.started)
    if carried:
        reasons.append(Reason(Weight.WARN, _("swapped in from another computer")))
        return SpareStatus(spare.name, pharmacy.id, Readiness.STANDS_IN, tuple(reasons), carried)
    shared = fitness.worst([one for one in reasons if not one.poste])
    about = [
        fitness.worst([one for one in reasons if one.poste == poste.name])
        for poste in replaces(spare, pharmacy)
    ]
    if shared is Weight.BLOCK or (about and min(about) is Weight.BLOCK):
        readiness = Readiness.NOT_READY
    elif fitness.worst(reasons) is Weight.GOOD:
        readiness = Readiness.READY
    else:
        readiness = Readiness.WARNING
    return SpareStatus(spare.name, pharmacy.id, readiness, tuple(reasons))


@dataclass(frozen=True, slots=True)
class DrillReport:
    """How a drill went; lines say what was proven."""

    spare: str
    good: bool
    lines: tuple[str, ...]


def drill(setting: Setting, spare: Machine) -> DrillReport:
    """Prove that a spare could stand in: drivers, a predicted swap for each poste, its own tests; record it.

    The live postes, the register and the spare itself are not changed.

    Raises:
        ContinuityError: it stands in just now.

    """
    pharmacy = setting.home(spare.name)
    lines: list[str] = []
    with PharmacyLock(setting.store, pharmacy.id):
        busy = next((one for one in setting.journal.active(pharmacy.id) if one.spare == spare.name), None)
        if busy is not None:
            raise ContinuityError(
                _("{spare} stands in for {poste}: no drill now").format(spare=spare.name, poste=busy.poste)
            )
        good = True
        readings = read(setting.player, pharmacy, [spare.name])
        for reason in fitness.of_machine(setting, spare, readings):
            if reason.weight is Weight.BLOCK:
                good = False
                lines.append(reason.text)
        if good:
            for poste in replaces(spare, pharmacy):
                line, fine = _rehearse(setting, spare, poste, readings.machines[spare.name])
                lines.append(line)
                good = good and fine
            try:
                lines.append(prove(setting, spare.name, {}))
            except OfficefleetError as error:
                good = False
                lines.append(error.message)
        setting.journal.record_drill(spare.name, pharmacy.id, good=good, note="; ".join(lines))
    return DrillReport(spare.name, good, tuple(lines))


def _rehearse(setting: Setting, spare: Machine, poste: Machine, reading: Reading) -> tuple[str, bool]:
    """Predict the swap for one poste; return what to say and whether it would go well."""
    variables = {"failed_poste": poste.name, "spare_poste": spare.name}
    played = setting.player.play(["swap-spare.yml"], variables, limit=spare.name, check=True)
    if played.code:
        return _("{poste}: {reason}").format(poste=poste.name, reason=played.problem()), False
    pharmacy = setting.home(spare.name)
    blocked = [
        one.text
        for one in fitness.for_poste(setting.rules(), spare, poste, pharmacy, reading)
        if one.weight is Weight.BLOCK
    ]
    if blocked:
        return _("{poste}: {reason}").format(poste=poste.name, reason=blocked[0]), False
    count = len(played.changed.get(spare.name, ()))
    return _("{poste}: a swap would change {count} things").format(poste=poste.name, count=count), True
