"""Products: what a peripheral is, which modes it has and what each mode needs."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from officefleet.drivers.catalog.common import Source, Statement
from officefleet.models import PeripheralKind, PeripheralMode
from officefleet.models.base import Model, Name, Slug, UsbId

Vid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{4}$", to_lower=True)]


class Trait(StrEnum):
    """A property of a product that rules ask for."""

    USB_IPP = "usb_ipp"  # prints over both USB Print and IPP over USB ("dual mode")
    USB_ESCL = "usb_escl"  # scans by eSCL over USB
    IPP_CLASS = "ipp_class"  # driven by Microsoft's IPP Class Driver
    TYPE3_DRIVER = "type3_driver"  # needs the vendor's own printer driver
    PL2303_OLD = "pl2303_old"  # Prolific HXA or XA chip, withdrawn by its maker
    MODE_IN_PID = "mode_in_pid"  # the USB product id tells the mode
    TWO_SLOT = "two_slot"  # bi-fente: Vitale and CPS in one reader
    DUAL_MODE_READER = "dual_mode_reader"  # runs GALSS or PC/SC, never both
    STANDALONE_TLA = "standalone_tla"  # stand-alone reader, withdrawn by July 2025
    APCV = "apcv"  # reads the phone Vitale card
    DATAMATRIX = "datamatrix"  # reads FMD codes


class ProductMode(Model):
    """One way in which the system sees the product.

    Attributes:
        usb: identities in this mode; empty when the mode is not on USB.
        drivers: catalogue names, any of which serves; empty: the system's own serves.
        usable: False for a mode that cannot do the product's work at a counter (mass storage of a printer).

    """

    mode: PeripheralMode
    usb: tuple[UsbId, ...] = ()
    drivers: tuple[Slug, ...] = ()
    usable: bool = True


class Product(Model):
    """One product of one vendor.

    Attributes:
        name: reference and file name.
        product: what the label says; what `Peripheral.product` may say.
        aliases: other spellings.
        shared_usb: True when another product is known to bear one of its USB identities.
        usb_source: where its ids come from, when not from the shipped list.

    """

    name: Slug
    product: Name
    vendor: Name
    aliases: tuple[Name, ...] = ()
    kinds: tuple[PeripheralKind, ...] = Field(min_length=1)
    modes: tuple[ProductMode, ...] = Field(min_length=1)
    traits: tuple[Trait, ...] = ()
    ports: tuple[Name, ...] = ()
    shared_usb: bool = False
    usb_source: Name | None = None
    statements: tuple[Statement, ...] = ()
    source: Source

    @model_validator(mode="after")
    def _modes_differ(self) -> Self:
        modes = [one.mode for one in self.modes]
        if len(set(modes)) != len(modes):
            raise ValueError("a mode is given twice")
        ids = [usb for one in self.modes for usb in one.usb]
        if Trait.MODE_IN_PID in self.traits and len(set(ids)) != len(ids):
            raise ValueError("two modes share a USB id although mode_in_pid is set")
        return self

    def mode(self, mode: PeripheralMode) -> ProductMode | None:
        """Return what the product needs in a mode, or None when it has no such mode."""
        return next((one for one in self.modes if one.mode is mode), None)
