"""Which dead poste could be put together from the parts in the cupboard?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.continuity.knock import silences
from officefleet.i18n import _
from officefleet.models import MachineKind, PartKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from officefleet.continuity.setting import Setting
    from officefleet.models import Machine, Pharmacy, SparePart

# What fails and can be changed at a counter without the vendor; with all of them any of it may be the cause.
VITAL = (PartKind.POWER_SUPPLY, PartKind.DISK, PartKind.MEMORY)
TESTED_DAYS = 365  # after that nobody knows any more


@dataclass(frozen=True, slots=True)
class Bench:
    """What the cupboard has for one machine.

    Attributes:
        parts: those that fit, the most lately tested first.
        missing: kinds of part without which it may stay dead.
        untested: those of the parts that were not tested within a year.

    """

    machine: str
    parts: tuple[SparePart, ...]
    missing: tuple[PartKind, ...]
    untested: tuple[SparePart, ...]

    @property
    def whole(self) -> bool:
        """Whether every vital part is there and known to work."""
        kinds = {one.kind for one in self.parts if one not in self.untested}
        return all(kind in kinds for kind in VITAL)

    def text(self) -> str:
        """Return it as a sentence."""
        if not self.parts:
            return _("{machine} is dead and no part in the cupboard fits it").format(machine=self.machine)
        names = ", ".join(name_of(one) for one in self.parts)
        if self.whole:
            return _("{machine} is dead and could be put together from: {parts}").format(
                machine=self.machine, parts=names
            )
        if self.missing:
            return _("{machine} is dead; the cupboard has {parts}, and lacks: {missing}").format(
                machine=self.machine, parts=names, missing=", ".join(one.value for one in self.missing)
            )
        return _("{machine} is dead; the cupboard has {parts}; not tested for a year: {untested}").format(
            machine=self.machine, parts=names, untested=", ".join(name_of(one) for one in self.untested)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "machine": self.machine,
            "whole": self.whole,
            "parts": [one.model_dump(mode="json", exclude_defaults=True) for one in self.parts],
            "missing": [one.value for one in self.missing],
            "text": self.text(),
        }


def name_of(part: SparePart) -> str:
    """Return a part as people call it, with where it lies."""
    name = f"{part.kind.value} {part.product}" if part.product else part.kind.value
    return f"{name} ({part.location})" if part.location else name


def fits(part: SparePart, machine: Machine) -> bool:
    """Whether a part goes into or onto a machine."""
    if part.fits_machines:
        return machine.name in part.fits_machines
    if part.fits_products:
        return machine.product in part.fits_products
    if isinstance(part.kind, PartKind):
        return True
    wanted = {one.usb for one in machine.peripherals if one.kind is part.kind}
    return bool(wanted) and (not part.fits or bool(wanted & {*part.fits, part.usb}))


def bench(pharmacy: Pharmacy, machine: Machine, today: dt.date) -> Bench:
    """Return what the cupboard has for a machine."""
    found = [one for one in pharmacy.spare_parts if isinstance(one.kind, PartKind) and fits(one, machine)]
    found.sort(key=lambda one: one.tested or dt.date.min, reverse=True)
    kinds = {one.kind for one in found}
    old = [one for one in found if one.tested is None or (today - one.tested).days > TESTED_DAYS]
    missing = tuple(kind for kind in VITAL if kind not in kinds)
    return Bench(machine.name, tuple(found), missing, tuple(old))


def benches(setting: Setting, pharmacy: Pharmacy, swapped: Collection[str] = ()) -> list[Bench]:
    """Return what the cupboard has for each poste that does not answer.

    Args:
        setting: what commands work with.
        pharmacy: whose postes.
        swapped: postes that a spare stands in for: dead for certain.

    """
    postes = [*pharmacy.of_kind(MachineKind.COUNTER), *pharmacy.of_kind(MachineKind.BACK_OFFICE)]
    if not any(isinstance(one.kind, PartKind) for one in pharmacy.spare_parts):
        return []
    names = [one.name for one in postes]
    silent = silences(setting.inventory, names, setting.player.options)
    today = dt.datetime.now().astimezone().date()
    return [bench(pharmacy, one, today) for one in postes if one.name in silent or one.name in swapped]
