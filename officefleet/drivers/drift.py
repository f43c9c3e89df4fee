"""What differs between the inventory and the live machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from officefleet.drivers.catalog.rule import Verdict
from officefleet.i18n import _
from officefleet.models import PeripheralKind, PeripheralMode

if TYPE_CHECKING:
    from officefleet.drivers.catalog import Catalog
    from officefleet.drivers.live import LiveDevice, LiveFacts
    from officefleet.models import Machine, Peripheral


class DriftKind(StrEnum):
    """How a machine differs from what is recorded of it."""

    MISSING = "missing"
    OTHER_PORT = "other_port"
    OTHER_COM = "other_com"
    OTHER_MODE = "other_mode"  # the product is there under another mode's USB id
    PROBLEM = "problem"  # Windows reports a problem code
    UNRECORDED = "unrecorded"
    OTHER_BUILD = "other_build"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference, with a sentence for people."""

    kind: DriftKind
    verdict: Verdict
    peripheral: str
    message: str
    expected: str = ""
    found: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain data."""
        return {
            "kind": self.kind.value,
            "verdict": self.verdict.value,
            "peripheral": self.peripheral,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
        }


def drift(machine: Machine, facts: LiveFacts, catalog: Catalog) -> list[Drift]:
    """Return the differences between a machine's record and its facts, the worst first."""
    siblings = _siblings(catalog)
    free = list(facts.devices)
    found: list[Drift] = []
    waiting: list[Peripheral] = []
    for peripheral in machine.peripherals:
        if peripheral.usb is None:
            continue
        device = _take(free, peripheral, {peripheral.usb})
        if device is None:
            waiting.append(peripheral)
        else:
            found += _compare(peripheral, device)
    for peripheral in waiting:
        others = siblings.get(peripheral.usb or "", {})
        device = _take(free, peripheral, set(others))
        if device is None:
            found.append(_missing(peripheral))
        else:
            found.append(_other_mode(peripheral, device, others[device.usb]))
    found += [_unrecorded(device) for device in free if _matters(device, catalog)]
    found += _system(machine, facts)
    return sorted(found, key=lambda one: -one.verdict.severity)


def _siblings(catalog: Catalog) -> dict[str, dict[str, PeripheralMode]]:
    """Return for each USB id of a product the product's other ids, with their modes."""
    found: dict[str, dict[str, PeripheralMode]] = {}
    for product in catalog.products.values():
        ids = {usb: mode.mode for mode in product.modes for usb in mode.usb}
        for usb in ids:
            found.setdefault(usb, {}).update({other: mode for other, mode in ids.items() if other != usb})
    return found


def _take(free: list[LiveDevice], peripheral: Peripheral, ids: set[str]) -> LiveDevice | None:
    """Take from `free` the device that is most likely this peripheral."""
    candidates = [one for one in free if one.usb in ids]
    if not candidates:
        return None

    def likeness(device: LiveDevice) -> tuple[bool, bool, bool]:
        return (
            bool(peripheral.serial_number) and device.serial == peripheral.serial_number,
            peripheral.port == device.port,
            peripheral.com is not None and device.com == peripheral.com,
        )

    best = max(candidates, key=likeness)
    free.remove(best)
    return best


def _compare(peripheral: Peripheral, device: LiveDevice) -> list[Drift]:
    found = []
    galss = peripheral.mode is PeripheralMode.GALSS
    if peripheral.port and device.port and peripheral.port != device.port and _is_path(peripheral.port):
        found.append(
            Drift(
                DriftKind.OTHER_PORT,
                Verdict.BLOCK if galss else Verdict.WARN,
                peripheral.name,
                _("{name} is on USB port {found}, not {expected}").format(
                    name=peripheral.name, found=device.port, expected=peripheral.port
                ),
                peripheral.port,
                device.port,
            )
        )
    if peripheral.com is not None and device.com is not None and peripheral.com != device.com:
        found.append(
            Drift(
                DriftKind.OTHER_COM,
                Verdict.BLOCK,
                peripheral.name,
                _("{name} is COM{found}, not COM{expected}").format(
                    name=peripheral.name, found=device.com, expected=peripheral.com
                ),
                str(peripheral.com),
                str(device.com),
            )
        )
    if device.problem:
        found.append(
            Drift(
                DriftKind.PROBLEM,
                Verdict.BLOCK,
                peripheral.name,
                _("{name} does not start: problem code {code}").format(
                    name=peripheral.name, code=device.problem
                ),
                "0",
                str(device.problem),
            )
        )
    return found


def _is_path(port: str) -> bool:
    """Return whether a recorded port is a bus path ("1-4.2") rather than the pharmacy's own word for it."""
    return port.replace("-", "").replace(".", "").isdigit()


def _missing(peripheral: Peripheral) -> Drift:
    return Drift(
        DriftKind.MISSING,
        Verdict.BLOCK,
        peripheral.name,
        _("{name} ({usb}) is not plugged in, or not seen").format(name=peripheral.name, usb=peripheral.usb),
        peripheral.usb or "",
    )


def _other_mode(peripheral: Peripheral, device: LiveDevice, mode: PeripheralMode) -> Drift:
    if peripheral.kind is PeripheralKind.SCANNER:
        message = _("{name} was reconfigured: it is in {found} mode, not {expected}")
    else:
        message = _("{name} is in {found} mode, not {expected}")
    expected = peripheral.mode.value if peripheral.mode else (peripheral.usb or "")
    return Drift(
        DriftKind.OTHER_MODE,
        Verdict.BLOCK,
        peripheral.name,
        message.format(name=peripheral.name, found=mode.value, expected=expected),
        peripheral.usb or "",
        device.usb,
    )


def _matters(device: LiveDevice, catalog: Catalog) -> bool:
    known = {usb for product in catalog.products.values() for mode in product.modes for usb in mode.usb}
    return device.card_reader or device.usb in known


def _unrecorded(device: LiveDevice) -> Drift:
    return Drift(
        DriftKind.UNRECORDED,
        Verdict.WARN,
        device.product or device.usb,
        _("{product} ({usb}) is plugged in and not recorded").format(
            product=device.product or "?", usb=device.usb
        ),
        "",
        device.usb,
    )


def _system(machine: Machine, facts: LiveFacts) -> list[Drift]:
    if facts.build is None or machine.os.build in (None, facts.build):
        return []
    return [
        Drift(
            DriftKind.OTHER_BUILD,
            Verdict.WARN,
            "",
            _("the machine runs Windows build {found}, not {expected}").format(
                found=facts.build, expected=machine.os.build
            ),
            str(machine.os.build),
            str(facts.build),
        )
    ]


def with_facts(machine: Machine, facts: LiveFacts) -> Machine:
    """Return the machine as it is: build, revision and memory integrity as read, USB ids as plugged in."""
    changes = {
        name: value
        for name, value in (("build", facts.build), ("revision", facts.revision), ("hvci", facts.hvci))
        if value is not None
    }
    return machine.model_copy(update={"os": machine.os.model_copy(update=changes)}) if changes else machine
