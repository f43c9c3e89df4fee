"""Peripherals of a poste: what hangs on it, by which port, in which mode."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, IPvAnyAddress, model_validator

from officefleet.models.base import Model, Name, Slug, UsbId
from officefleet.models.contradiction import ContradictionError


class PeripheralKind(StrEnum):
    """What a peripheral is for."""

    VITALE_READER = "vitale_reader"
    CPS_READER = "cps_reader"
    SCANNER = "scanner"
    RECEIPT_PRINTER = "receipt_printer"
    LABEL_PRINTER = "label_printer"
    LASER_PRINTER = "laser_printer"
    PAYMENT_TERMINAL = "payment_terminal"
    ROBOT = "robot"
    CASH_MACHINE = "cash_machine"
    DISPLAY = "display"
    OTHER = "other"


class PeripheralMode(StrEnum):
    """How the system sees a peripheral; a reader is in GALSS or PC/SC mode, never both."""

    KEYBOARD = "keyboard"
    SERIAL = "serial"
    OEM = "oem"
    GALSS = "galss"
    PCSC = "pcsc"
    USBPRINT = "usbprint"
    MASS_STORAGE = "mass_storage"
    IPP = "ipp"
    RAW9100 = "raw9100"
    CDAPI = "cdapi"
    NETWORK = "network"


class Interface(StrEnum):
    """The kind of port that a peripheral occupies."""

    USB = "usb"
    SERIAL = "serial"
    NETWORK = "network"


_CARD = {PeripheralMode.GALSS, PeripheralMode.PCSC}
_PRINT = {
    PeripheralMode.USBPRINT,
    PeripheralMode.MASS_STORAGE,
    PeripheralMode.SERIAL,
    PeripheralMode.IPP,
    PeripheralMode.RAW9100,
}
MODES: dict[PeripheralKind, set[PeripheralMode]] = {
    PeripheralKind.VITALE_READER: _CARD,
    PeripheralKind.CPS_READER: _CARD,
    PeripheralKind.SCANNER: {PeripheralMode.KEYBOARD, PeripheralMode.SERIAL, PeripheralMode.OEM},
    PeripheralKind.RECEIPT_PRINTER: _PRINT,
    PeripheralKind.LABEL_PRINTER: _PRINT,
    PeripheralKind.LASER_PRINTER: _PRINT,
    PeripheralKind.PAYMENT_TERMINAL: {PeripheralMode.SERIAL, PeripheralMode.NETWORK},
    PeripheralKind.ROBOT: {PeripheralMode.CDAPI, PeripheralMode.SERIAL, PeripheralMode.NETWORK},
    PeripheralKind.CASH_MACHINE: {PeripheralMode.SERIAL, PeripheralMode.NETWORK},
}
"""Modes that make sense for a kind; a kind that is not listed takes any."""


class Peripheral(Model):
    """One device at a machine.

    Attributes:
        name: unique on its machine.
        product: what the label on the device says.
        usb: USB identity ``vid:pid``; a changed pid on a scanner is a changed mode.
        address: network address, for a device that is not on a cable of the machine.
        port: the physical port, as the pharmacy names it ("usb-arriere-2", "1-4").
        com: number of the COM port, for what emulates or is a serial port.
        driver: name of an entry of the driver catalogue; None when the system's own serves.

    """

    name: Slug
    kind: PeripheralKind
    product: Name | None = None
    usb: UsbId | None = None
    address: IPvAnyAddress | None = None
    port: Name | None = None
    mode: PeripheralMode | None = None
    com: Annotated[int, Field(ge=1, le=256)] | None = None
    driver: Slug | None = None
    serial_number: Name | None = None

    @property
    def interface(self) -> Interface:
        """The kind of port that it occupies on its machine."""
        if self.usb is not None:
            return Interface.USB
        return Interface.NETWORK if self.address is not None else Interface.SERIAL

    @model_validator(mode="after")
    def _is_plugged_in_once(self) -> Self:
        if self.usb is not None and self.address is not None:
            raise ValueError("a peripheral has a USB id or a network address, not both")
        if self.usb is None and self.address is None and self.com is None:
            raise ValueError("a peripheral needs a USB id, a network address or a COM number")
        allowed = MODES.get(self.kind)
        if self.mode is not None and allowed is not None and self.mode not in allowed:
            known = ", ".join(sorted(mode.value for mode in allowed))
            raise ContradictionError(
                "mode {mode!r} does not fit a {kind}; known: {known}",
                mode=self.mode.value,
                kind=self.kind.value,
                known=known,
            )
        if self.mode is PeripheralMode.GALSS and (self.com is None or self.port is None):
            raise ValueError("a reader in galss mode needs its com number and its physical port")
        return self
