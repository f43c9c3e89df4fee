"""Before a swap: which spare, may it, can it; nothing is changed yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.continuity import fitness
from officefleet.continuity.binder.filing import file_blocked
from officefleet.continuity.fitness import Reason, Weight
from officefleet.continuity.readings import Readings, nas_of, read
from officefleet.drivers.verdicts.judge import judge_stand_in
from officefleet.errors import ContinuityError, UnreachableError
from officefleet.i18n import _
from officefleet.inventory.local_checks import replaces
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine, Pharmacy

_MAY_BE_REPLACED = (MachineKind.COUNTER, MachineKind.BACK_OFFICE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asks for.

    Attributes:
        spare: name, or None to choose one.
        anyway: go on although a driver is blocked or no licence is free.
        without_register: go on although the NAS does not answer; the person has unplugged the poste.

    """

    poste: str
    spare: str | None = None
    anyway: bool = False
    without_register: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a swap will do.

    Attributes:
        nas: the machine with the register, "" for a swap without it.
        warnings: what does not stand in the way but is worth knowing.

    """

    pharmacy: Pharmacy
    poste: Machine
    spare: Machine
    nas: str
    warnings: tuple[str, ...]


def preflight(setting: Setting, wish: Wish) -> Plan:
    """Return what a swap will do.

    Raises:
        ContinuityError: why it cannot be.
        UnreachableError: no spare answers.

    """
    poste = setting.machine(wish.poste)
    pharmacy = setting.home(poste.name)
    if poste.kind not in _MAY_BE_REPLACED:
        raise ContinuityError(
            _("{poste} is a {kind}: a spare stands in for counter and back office postes only").format(
                poste=poste.name, kind=poste.kind.value
            )
        )
    spares = _candidates(setting, pharmacy, poste, wish.spare)
    readings = read(
        setting.player, pharmacy, [one.name for one in spares]
    )  # not the poste: it would time out
    setting.journal.record_seen([name for name, one in readings.machines.items() if one.answers])
    _must_be_free(poste, readings)
    if readings.register is None and not wish.without_register:
        raise ContinuityError(
            _("no register: {reason}; a poste that comes back could not be held off").format(
                reason=readings.no_register
            ),
            hint=_("unplug {poste} from power and network, then give --without-register").format(
                poste=poste.name
            ),
        )
    refusals: list[ContinuityError | UnreachableError] = []
    for spare in spares:
        found = _judge(setting, pharmacy, spare, poste, readings, wish)
        if not isinstance(found, list):
            refusals.append(found)
            continue
        nas = nas_of(pharmacy) if readings.register is not None else ""
        warnings = tuple(one.text for one in found if one.weight is not Weight.GOOD)
        return Plan(pharmacy, poste, spare, nas, warnings)
    raise refusals[0]


def _candidates(setting: Setting, pharmacy: Pharmacy, poste: Machine, name: str | None) -> list[Machine]:
    """Return the spares that may be asked, the free ones first."""
    if name is not None:
        spare = setting.machine(name)
        if spare.kind is not MachineKind.SPARE or spare not in pharmacy.machines:
            raise ContinuityError(
                _("{spare} is not a spare of {pharmacy}").format(spare=name, pharmacy=pharmacy.id),
                hint=_("its spares: {names}").format(
                    names=", ".join(one.name for one in pharmacy.of_kind(MachineKind.SPARE)) or "-"
                ),
            )
        return [spare]
    meant = [one for one in pharmacy.of_kind(MachineKind.SPARE) if poste in replaces(one, pharmacy)]
    if not meant:
        raise ContinuityError(
            _("no spare of {pharmacy} is meant to stand in for {poste}").format(
                pharmacy=pharmacy.id, poste=poste.name
            ),
            hint=_("name it in stands_in_for of a spare in pharmacy.yml"),
        )
    busy = {swap.spare for swap in setting.journal.active(pharmacy.id)}
    return sorted(meant, key=lambda one: one.name in busy)


def _must_be_free(poste: Machine, readings: Readings) -> None:
    carrier = (readings.register or {}).get(poste.name)
    if carrier is not None:
        raise ContinuityError(
            _(
                "the register says that {machine} carries {poste} already, and no swap here knows of it"
            ).format(machine=carrier, poste=poste.name),
            hint=_("it was begun on another computer: go on with it there"),
        )


def _judge(
    setting: Setting, pharmacy: Pharmacy, spare: Machine, poste: Machine, readings: Readings, wish: Wish
) -> list[Reason] | ContinuityError | UnreachableError:
    """Return what is to be said of a spare, or why it cannot be."""
    in_use = {swap.spare: swap.poste for swap in setting.journal.active(pharmacy.id)}
    in_use |= {machine: one for one, machine in (readings.register or {}).items()}
    if spare.name in in_use:
        return ContinuityError(
            _("{spare} already stands in for {poste}").format(spare=spare.name, poste=in_use[spare.name]),
            hint=_("officefleet spare swap-back {poste}").format(poste=in_use[spare.name]),
        )
    reasons = list(fitness.of_machine(setting, spare, readings))
    blocked = [one for one in reasons if one.weight is Weight.BLOCK]
    if blocked:
        kind = ContinuityError if readings.machines[spare.name].answers else UnreachableError
        return kind(_("{spare} {reason}").format(spare=spare.name, reason=blocked[0].text))
    index = setting.rules()
    about = list(fitness.for_poste(index, spare, poste, pharmacy, readings.machines[spare.name]))
    licence = fitness.licence(pharmacy, poste, len(setting.journal.active(pharmacy.id)))
    about += [licence] if licence is not None else []
    verdict = judge_stand_in(index, spare, poste, pharmacy)
    drivers = fitness.driver_reason(verdict, poste)
    for one in about:
        if one.weight is Weight.BLOCK and not (wish.anyway and one in (drivers, licence)):
            hint = _("go on without that peripheral: --anyway") if one == drivers else ""
            if one == licence:
                hint = _("have the vendor free a licence; the LGO may not start without: --anyway")
            if one == drivers:
                file_blocked(setting.binder, pharmacy.id, verdict)
            return ContinuityError(
                _("{spare}: {reason}").format(spare=spare.name, reason=one.text), hint=hint
            )
    return [*reasons, *about]
