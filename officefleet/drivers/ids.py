"""The ids that a device reports, in the order that Windows tries them.

Source: "Standard USB identifiers" and "Hardware IDs / Compatible IDs", Microsoft Learn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from officefleet.errors import DriverError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

_CARD_READER, _HID, _PRINTER, _MASS_STORAGE, _CDC, _VENDOR = 0x0B, 0x03, 0x07, 0x08, 0x02, 0xFF


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """Class, subclass and protocol of one interface, as its descriptor gives them."""

    class_code: int
    subclass: int = 0
    protocol: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class DeviceIds:
    """What a device says it is.

    Attributes:
        hardware: from the most specific to the most general.
        compatible: likewise.

    """

    hardware: tuple[str, ...]
    compatible: tuple[str, ...] = field(default=())


def usb_device_ids(
    vid: int, pid: int, revision: int | None = None, interfaces: Sequence[UsbInterface] = ()
) -> DeviceIds:
    """Return the ids of a whole USB device: of its one interface, or of a composite device.

    Raises:
        DriverError: a vendor or product id out of range.

    """
    base = _base(vid, pid)
    hardware = [base] if revision is None else [f"{base}&REV_{revision:04X}", base]
    if len(interfaces) == 1:
        return DeviceIds(tuple(hardware), _class_ids(interfaces[0], "Class"))
    if len(interfaces) > 1:
        whole = UsbInterface(0, 0, 0)
        return DeviceIds(tuple(hardware), (*_class_ids(whole, "DevClass"), "USB\\COMPOSITE"))
    return DeviceIds(tuple(hardware))


def usb_interface_ids(vid: int, pid: int, interface: UsbInterface, revision: int | None = None) -> DeviceIds:
    """Return the ids of one function of a composite USB device (``&MI_xx``).

    Raises:
        DriverError: a vendor or product id out of range.

    """
    base, function = _base(vid, pid), f"&MI_{interface.number:02X}"
    hardware = [f"{base}{function}"]
    if revision is not None:
        hardware.insert(0, f"{base}&REV_{revision:04X}{function}")
    return DeviceIds(tuple(hardware), _class_ids(interface, "Class"))


def _base(vid: int, pid: int) -> str:
    if not (0 <= vid <= 0xFFFF and 0 <= pid <= 0xFFFF):  # noqa: PLR2004  16 bits each
        raise DriverError(_("a USB id has two numbers of 16 bits"))
    return f"USB\\VID_{vid:04X}&PID_{pid:04X}"


def _class_ids(interface: UsbInterface, word: str) -> tuple[str, ...]:
    first = f"USB\\{word}_{interface.class_code:02X}"
    second = f"{first}&SubClass_{interface.subclass:02X}"
    return (f"{second}&Prot_{interface.protocol:02X}", second, first)


INTERFACE_OF_MODE: dict[str, tuple[UsbInterface, ...]] = {
    "pcsc": (UsbInterface(_CARD_READER),),
    "keyboard": (UsbInterface(_HID, 1, 1),),
    "oem": (UsbInterface(_HID),),
    "serial": (UsbInterface(_CDC, 2, 1),),
    "galss": (UsbInterface(_CDC, 2, 1),),
    "usbprint": (UsbInterface(_PRINTER, 1, 2),),
    "mass_storage": (UsbInterface(_MASS_STORAGE, 6, 0x50),),
    "ipp": (UsbInterface(_PRINTER, 1, 4),),
}
"""What a device in a mode usually presents, for machines whose descriptors were not read."""


def recorded_ids(usb: str, mode: str | None) -> DeviceIds:
    """Return the ids to expect of an inventory's ``vid:pid`` in a mode, without its descriptors.

    Raises:
        DriverError: `usb` is not ``vid:pid`` in hexadecimal.

    """
    try:
        vid, pid = (int(part, 16) for part in usb.split(":"))
    except ValueError:
        raise DriverError(
            _("{usb!r} is not a USB id").format(usb=usb), hint=_("write vid:pid, such as 08e6:3437")
        ) from None
    return usb_device_ids(vid, pid, None, INTERFACE_OF_MODE.get(mode or "", ()))
