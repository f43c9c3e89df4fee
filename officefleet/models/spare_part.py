"""Spare parts that a pharmacy keeps in a drawer."""

from datetime import date
from enum import StrEnum

from officefleet.models.base import Hostname, Model, Name, UsbId
from officefleet.models.peripheral import PeripheralKind


class PartKind(StrEnum):
    """What a poste itself is put together from."""

    POWER_SUPPLY = "power_supply"
    DISK = "disk"
    MEMORY = "memory"
    MAINBOARD = "mainboard"
    NETWORK_CARD = "network_card"
    SCREEN = "screen"
    KEYBOARD = "keyboard"
    MOUSE = "mouse"
    CABLE = "cable"


class SparePart(Model):
    """One part that stands ready.

    Attributes:
        fits: USB ids of the devices it replaces; empty: any of its kind.
        fits_products: products of the machines it goes into, as `Machine.product` has them; empty: any.
        fits_machines: the machines it goes into; empty: whatever the products say.
        tested: last day it was seen to work.
        location: where it lies.

    """

    kind: PeripheralKind | PartKind
    product: Name | None = None
    usb: UsbId | None = None
    fits: tuple[UsbId, ...] = ()
    fits_products: tuple[Name, ...] = ()
    fits_machines: tuple[Hostname, ...] = ()
    tested: date | None = None
    location: Name | None = None
