"""Spare parts that a pharmacy keeps in a drawer."""

from datetime import date

from officefleet.models.base import Model, Name, UsbId
from officefleet.models.peripheral import PeripheralKind


class SparePart(Model):
    """One part that stands ready.

    Attributes:
        fits: USB ids of the devices it replaces; empty: any of its kind.
        tested: last day it was seen to work.
        location: where it lies.

    """

    kind: PeripheralKind
    product: Name | None = None
    usb: UsbId | None = None
    fits: tuple[UsbId, ...] = ()
    tested: date | None = None
    location: Name | None = None
