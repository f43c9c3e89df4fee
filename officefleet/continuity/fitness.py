"""Is a spare fit to stand in? One verdict with its reasons, for `spare status` and before a swap."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from officefleet.drivers.catalog import Verdict
from officefleet.drivers.report import label
from officefleet.drivers.verdicts.judge import judge_stand_in
from officefleet.i18n import _
from officefleet.images.smart import parse_health
from officefleet.inventory.finding_text import sentence
from officefleet.inventory.local_checks import Finding, obstacles, replaces
from officefleet.models import Architecture, MachineKind, OsFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.continuity.readings import Reading, Readings
    from officefleet.continuity.setting import Setting
    from officefleet.drivers.verdicts.index import RuleIndex
    from officefleet.drivers.verdicts.judge import MachineVerdict
    from officefleet.models import Machine, Pharmacy

DRILL_DAYS = 31
_DAY = 86400
_LEAST_DISK = 256 * 1024 * 1024  # bytes: settings, logs and a package or two
_MACHINES = {
    "x86_64": Architecture.X64,
    "amd64": Architecture.X64,
    "i386": Architecture.X86,
    "i686": Architecture.X86,
    "aarch64": Architecture.ARM64,
}


class Weight(IntEnum):
    """What a reason means."""

    GOOD = 0
    WARN = 1
    BLOCK = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a spare; `poste` when it is about one of the postes only."""

    weight: Weight
    text: str
    poste: str = ""


def worst(reasons: list[Reason]) -> Weight:
    """Return the weight that decides."""
    return max((one.weight for one in reasons), default=Weight.GOOD)


def of_machine(setting: Setting, spare: Machine, readings: Readings) -> Iterator[Reason]:
    """Yield what is to be said of the spare itself, whatever poste it would replace."""
    if spare.os.family is not OsFamily.DEBIAN:
        yield Reason(Weight.BLOCK, _("spares with {system} are not provisioned yet").format(
            system=spare.os.family.value))  # fmt: skip
        return
    reading = readings.machines[spare.name]
    yield from _presence(setting, spare, reading)
    if reading.answers:
        yield from _hardware(spare, reading)
        yield from _clock(reading)
        yield from _disks(reading)
        yield from _image_version(setting, spare, reading)
        yield from _provisioning(spare, reading, readings)
    yield _drill(setting, spare)


def _presence(setting: Setting, spare: Machine, reading: Reading) -> Iterator[Reason]:
    if reading.answers:
        yield Reason(Weight.GOOD, _("answers"))
        return
    seen = setting.journal.last_seen(spare.name)
    when = day(seen) if seen is not None else _("never")
    yield Reason(
        Weight.BLOCK,
        _("does not answer ({reason}); last seen: {when}").format(reason=reading.silence, when=when),
    )


def _hardware(spare: Machine, reading: Reading) -> Iterator[Reason]:
    found = _MACHINES.get(str(reading.facts.get("machine", "")))
    if found is not None and found is not spare.os.arch:
        yield Reason(
            Weight.BLOCK,
            _("is a {found} machine, the inventory says {expected}").format(
                found=found.value, expected=spare.os.arch.value
            ),
        )
    mounts = reading.facts.get("mounts")
    for mount in mounts if isinstance(mounts, list) else ():
        if not isinstance(mount, Mapping) or mount.get("mount") != "/":
            continue
        if "ro" in str(mount.get("options", "")).split(","):
            yield Reason(Weight.BLOCK, _("its disk is read-only"))
        free = mount.get("size_available")
        if isinstance(free, int) and free < _LEAST_DISK:
            yield Reason(Weight.BLOCK, _("its disk is full: {count} MB left").format(count=free // 1_000_000))


def _clock(reading: Reading) -> Iterator[Reason]:
    """Yield a clock that is wrong; a warning only, since the wrong one may be this computer's."""
    date = reading.facts.get("date_time")
    epoch = str(date.get("epoch", "")) if isinstance(date, Mapping) else ""
    if not re.fullmatch("[0-9]{1,12}", epoch):
        return
    days = round((int(epoch) - time.time()) / _DAY)
    if days:
        text = _("its clock and this computer's differ by {days} days: sales would be dated so")
        yield Reason(Weight.WARN, text.format(days=abs(days)))


def _disks(reading: Reading) -> Iterator[Reason]:
    """Yield what the disks say of themselves (SMART); disks without it, as in virtual machines, say nothing."""
    for name, text in reading.disks:
        health = parse_health(text.encode())
        if health.failing:
            yield Reason(Weight.BLOCK, _("its disk {name} fails: {reason}").format(
                name=name, reason=health.reason))  # fmt: skip
        elif health.failing is False:
            yield Reason(Weight.GOOD, _("its disk {name} is sound").format(name=name))


def _image_version(setting: Setting, spare: Machine, reading: Reading) -> Iterator[Reason]:
    """Yield whether the image it was restored from is the fleet's newest; see `images.identity.ORIGIN`."""
    if not reading.image_version or spare.image is None:
        return
    images = setting.inventory.settings.images
    wanted = next((one.version for one in images if one.name == spare.image), None)
    if wanted is not None and reading.image_version != wanted:
        yield Reason(
            Weight.WARN,
            _("was restored from version {found} of its image, the fleet has {expected}").format(
                found=reading.image_version, expected=wanted
            ),
        )
    elif wanted is not None:
        yield Reason(Weight.GOOD, _("image version {version}").format(version=wanted))


def licence(pharmacy: Pharmacy, poste: Machine, standing: int) -> Reason | None:
    """Return what the LGO's licence says of a spare in a poste's place; None: nothing is known of it.

    Args:
        pharmacy: whose LGO.
        poste: the one that failed.
        standing: spares that stand in already.

    """
    lgo = pharmacy.lgo
    if lgo is None or lgo.licences is None:
        return None
    postes = len(pharmacy.of_kind(MachineKind.COUNTER)) + len(pharmacy.of_kind(MachineKind.BACK_OFFICE))
    needed = postes + (standing + 1 if lgo.licences_stay else 0)
    if needed <= lgo.licences:
        return Reason(Weight.GOOD, _("licences of {lgo}: {needed} of {count} used").format(
            lgo=lgo.name, needed=needed, count=lgo.licences), poste.name)  # fmt: skip
    return Reason(
        Weight.BLOCK,
        _("no licence of {lgo} is free: {needed} would be used, {count} were bought").format(
            lgo=lgo.name, needed=needed, count=lgo.licences
        ),
        poste.name,
    )


def _provisioning(spare: Machine, reading: Reading, readings: Readings) -> Iterator[Reason]:
    if reading.provisioned is None:
        yield Reason(Weight.BLOCK, _("was never provisioned: officefleet spare provision {spare}").format(
            spare=spare.name))  # fmt: skip
        return
    if reading.problem:
        yield Reason(Weight.WARN, reading.problem)
    image = reading.provisioned.get("image")
    if image != spare.image:
        yield Reason(
            Weight.WARN,
            _("was provisioned with image {found}, the inventory says {expected}").format(
                found=image or "-", expected=spare.image or "-"
            ),
        )
    else:
        yield Reason(Weight.GOOD, _("image {name}").format(name=image or "-"))
    changes = readings.changes.get(spare.name, ())
    if changes:
        yield Reason(
            Weight.WARN,
            _(
                "its configuration is out of date ({count}: {first}): officefleet spare provision {spare}"
            ).format(count=len(changes), first=changes[0], spare=spare.name),
        )
    elif readings.provisioning:
        yield Reason(Weight.GOOD, _("its configuration is up to date"))


def _drill(setting: Setting, spare: Machine) -> Reason:
    last = setting.journal.last_drill(spare.name)
    hint = _("officefleet spare drill {spare}").format(spare=spare.name)
    if last is None:
        return Reason(Weight.WARN, _("no drill yet: {hint}").format(hint=hint))
    at, good = last
    if not good:
        return Reason(Weight.WARN, _("the drill of {when} failed: {hint}").format(when=day(at), hint=hint))
    if at > time.time() + _DAY:
        return Reason(
            Weight.WARN,
            _("the last drill bears a date to come, {when}: {hint}").format(when=day(at), hint=hint),
        )
    if time.time() - at > DRILL_DAYS * _DAY:
        return Reason(Weight.WARN, _("last drill: {when}: {hint}").format(when=day(at), hint=hint))
    return Reason(Weight.GOOD, _("last drill: {when}").format(when=day(at)))


def for_poste(
    index: RuleIndex, spare: Machine, poste: Machine, pharmacy: Pharmacy, reading: Reading
) -> Iterator[Reason]:
    """Yield what is to be said of a spare standing in for one poste: hardware, settings, drivers."""
    if poste not in replaces(spare, pharmacy):
        yield Reason(
            Weight.BLOCK,
            _("{spare} is not meant to stand in for {poste}").format(spare=spare.name, poste=poste.name),
            poste.name,
        )
        return
    for why in obstacles(spare, poste):
        facts = {"spare": spare.name, "machine": poste.name, **why}
        yield Reason(Weight.BLOCK, sentence(Finding("cannot-stand-in", [], facts))[0], poste.name)
    postes = reading.provisioned.get("postes") if reading.provisioned is not None else None
    if isinstance(postes, list) and poste.name not in postes:
        yield Reason(Weight.WARN, _("has no settings of {poste} ready").format(poste=poste.name), poste.name)
    yield driver_reason(judge_stand_in(index, spare, poste, pharmacy), poste)


def driver_reason(verdict: MachineVerdict, poste: Machine) -> Reason:
    """Return what the drivers' verdict means for a swap."""
    bad = [one for one in verdict.peripherals if one.verdict is not Verdict.OK]
    weight = {Verdict.OK: Weight.GOOD, Verdict.BLOCK: Weight.BLOCK}.get(verdict.verdict, Weight.WARN)
    names = ", ".join(f"{one.peripheral.name} {label(one.verdict)}" for one in bad)
    text = _("drivers for {poste}: {verdict}").format(poste=poste.name, verdict=label(verdict.verdict))
    return Reason(weight, f"{text} ({names})" if names else text, poste.name)


def day(at: float) -> str:
    """Return a moment as the day and minute on this computer's clock."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
