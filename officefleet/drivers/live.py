"""Facts read from a live machine, in one form whatever its system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.errors import DriverError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class LiveDevice:
    """A device that the machine sees.

    Attributes:
        port: where it is plugged in, as the system names it; "" when it does not tell.
        com: number of its COM port on Windows; None elsewhere.
        tty: its serial device on Linux ("ttyACM0"); "" elsewhere.
        driver: name or INF of the driver in use.
        matching_id: ``MatchingDeviceId`` on Windows.
        problem: Windows' problem code; 0 when it works.

    """

    usb: str
    port: str = ""
    product: str = ""
    serial: str = ""
    com: int | None = None
    tty: str = ""
    driver: str = ""
    driver_version: str = ""
    matching_id: str = ""
    problem: int = 0
    card_reader: bool = False


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What a machine says hangs on it.

    Attributes:
        printers: name of each print queue to its URI or port.
        build: Windows build; None elsewhere.
        revision: UBR; None elsewhere.
        hvci: memory integrity; None when it was not read.

    """

    devices: tuple[LiveDevice, ...] = ()
    printers: Mapping[str, str] = field(default_factory=dict)
    build: int | None = None
    revision: int | None = None
    hvci: bool | None = None
    updates: frozenset[str] = frozenset()


def from_posix(facts: Mapping[str, Any]) -> LiveFacts:
    """Return the facts that `officefleet.agents.peripherals.peripheral_facts` read.

    Raises:
        DriverError: not of that form.

    """
    try:
        serial = {one["port"]: one["device"] for one in facts["serial"] if one["port"]}
        readers = {one["port"] for one in facts["card_readers"]}
        devices = tuple(
            LiveDevice(
                usb=str(one["usb"]),
                port=str(one["port"]),
                product=str(one["product"]),
                serial=str(one["serial"]),
                tty=str(serial.get(one["port"], "")),
                driver=", ".join(dict.fromkeys(str(i["driver"]) for i in one["interfaces"] if i["driver"])),
                card_reader=one["port"] in readers,
            )
            for one in facts["usb"]
        )
        printers = {str(one["name"]): str(one["uri"]) for one in facts["printers"]}
    except (KeyError, TypeError, AttributeError):
        raise DriverError(_("the machine's facts do not have the expected form")) from None
    return LiveFacts(devices=devices, printers=printers)
