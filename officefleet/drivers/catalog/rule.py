"""Compatibility rules: conditions on a poste and a peripheral, a verdict, its reason and its cure."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from officefleet.drivers.catalog.common import KbNumber, LocalText, Source
from officefleet.drivers.catalog.product import Trait, Vid
from officefleet.models import Architecture, OsFamily, PeripheralKind, PeripheralMode
from officefleet.models.base import Model, Name, Slug, UsbId, Version


class Verdict(StrEnum):
    """What is said of a peripheral on a machine. Unknown is never ok."""

    OK = "ok"
    WARN = "warn"
    UNKNOWN = "unknown"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for ok up to 3 for block."""
        return list(Verdict).index(self)


class DriverState(StrEnum):
    """How the driver of a peripheral suits the machine; worked out from the catalogue."""

    FITS = "fits"
    INBOX = "inbox"  # the system's own driver serves
    MISSING = "missing"  # the product needs a driver in this mode and none is recorded
    NOT_IN_CATALOGUE = "not_in_catalogue"
    PRODUCT_UNKNOWN = "product_unknown"  # neither a driver nor a known product to judge by
    OTHER_DRIVER = "other_driver"  # not one that the product lists for this mode
    WRONG_DEVICE = "wrong_device"  # the driver's ids do not hold this USB id
    WRONG_SYSTEM = "wrong_system"
    WRONG_ARCH = "wrong_arch"
    BUILD_TOO_OLD = "build_too_old"
    BUILD_TOO_NEW = "build_too_new"
    BUILD_UNKNOWN = "build_unknown"
    UNSIGNED = "unsigned"
    HVCI_REFUSED = "hvci_refused"
    HVCI_UNKNOWN = "hvci_unknown"


class ModeState(StrEnum):
    """How the recorded mode agrees with the USB id."""

    AGREES = "agrees"
    DIFFERS = "differs"  # the id is another mode's: the device was reconfigured
    UNUSABLE = "unusable"  # a mode that cannot do the work (a printer posing as a disk)
    NOT_RECORDED = "not_recorded"
    NOT_OFFERED = "not_offered"  # the product has no such mode


class ProductState(StrEnum):
    """Whether the catalogue knows what the device is."""

    KNOWN = "known"
    AMBIGUOUS = "ambiguous"  # its USB id is that of several products and the label is not recorded
    UNKNOWN = "unknown"


class VersionTest(Model):
    """A condition on a version; every part given must hold."""

    installed: bool | None = None
    min: Version | None = None
    before: Version | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.installed is None and self.min is None and self.before is None:
            raise ValueError("give installed, min or before")
        if self.installed is False and (self.min or self.before):
            raise ValueError("what is not installed has no version")
        return self


class NumberRange(Model):
    """Numbers from `min` to `max`, both included."""

    min: int | None = None
    max: int | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max is below min")
        return self


class OsWhen(Model):
    """Conditions on the system."""

    family: tuple[OsFamily, ...] = ()
    build: NumberRange | None = None
    arch: tuple[Architecture, ...] = ()
    hvci: bool | None = None


class UpdateWhen(Model):
    """Holds from the first of `introduced` until the first of `fixed`."""

    introduced: tuple[KbNumber, ...] = ()
    fixed: tuple[KbNumber, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.introduced and not self.fixed:
            raise ValueError("give introduced or fixed")
        return self


class DateWhen(Model):
    """Calendar days on which the rule holds, both ends included."""

    start: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None


class PeripheralWhen(Model):
    """Conditions on the device; lists are alternatives.

    Attributes:
        vendor_id: USB vendors; `vendor` names the same makers for devices that are not on USB.
        traits: all of these.
        without: none of these.

    """

    kind: tuple[PeripheralKind, ...] = ()
    mode: tuple[PeripheralMode, ...] = ()
    usb: tuple[UsbId, ...] = ()
    vendor_id: tuple[Vid, ...] = ()
    vendor: tuple[Name, ...] = ()
    traits: tuple[Trait, ...] = ()
    without: tuple[Trait, ...] = ()
    product_state: tuple[ProductState, ...] = ()
    mode_state: tuple[ModeState, ...] = ()


class DriverWhen(Model):
    """Conditions on the driver."""

    name: tuple[Slug, ...] = ()
    provider: tuple[Name, ...] = ()
    version: VersionTest | None = None
    state: tuple[DriverState, ...] = ()


class MiddlewareWhen(Model):
    """Conditions on the middleware of the poste."""

    galss: VersionTest | None = None
    pcsc: VersionTest | None = None
    cryptolib_cps: VersionTest | None = None
    fsv: VersionTest | None = None


class LgoWhen(Model):
    """Conditions on the pharmacy's LGO, by catalogue name.

    Attributes:
        build_unsupported: the poste's Windows build is outside what the vendor supports.
        middleware_lacking: the poste lacks middleware that the vendor asks for.

    """

    name: tuple[Slug, ...] = ()
    bits: int | None = None
    build_unsupported: bool = False
    middleware_lacking: bool = False


class PosteWhen(Model):
    """Conditions on the poste as a whole.

    Attributes:
        reader_modes: its card readers are in all of these modes.
        moved: the peripheral is to hang on another machine than it does now (a spare stands in).

    """

    reader_modes: tuple[PeripheralMode, ...] = ()
    moved: bool | None = None


class When(Model):
    """All conditions of a rule; every part given must hold."""

    os: OsWhen | None = None
    update: UpdateWhen | None = None
    date: DateWhen | None = None
    peripheral: PeripheralWhen | None = None
    driver: DriverWhen | None = None
    middleware: MiddlewareWhen | None = None
    lgo: LgoWhen | None = None
    poste: PosteWhen | None = None


class Rule(Model):
    """One rule of compatibility.

    Attributes:
        id: reference and file name.
        event: when what it tells of happened or was announced.
        needs_peripheral: False for a rule about the poste itself.

    """

    id: Slug
    title: LocalText
    event: date | None = None
    verdict: Verdict
    when: When
    reason: LocalText
    cure: LocalText
    source: Source

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.verdict is Verdict.OK:
            raise ValueError("a rule says warn, unknown or block; ok is what remains")
        if self.when == When():
            raise ValueError("a rule without a condition would hold everywhere")
        return self

    @property
    def needs_peripheral(self) -> bool:
        """Whether it judges a peripheral rather than the poste itself."""
        moved = self.when.poste is not None and self.when.poste.moved is not None
        return self.when.peripheral is not None or self.when.driver is not None or moved
