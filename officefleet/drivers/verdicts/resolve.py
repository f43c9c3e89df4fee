"""Which product a recorded peripheral is, and how its driver suits a system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.drivers.catalog.rule import DriverState, ModeState, ProductState
from officefleet.models import DriverSignature, OsFamily, PeripheralMode

if TYPE_CHECKING:
    from officefleet.drivers.catalog.load import Catalog
    from officefleet.drivers.catalog.product import Product, ProductMode, Trait
    from officefleet.drivers.verdicts.keys import OsKey, PeripheralKey
    from officefleet.models import Driver

SIGNATURE_REQUIRED_SINCE = 14393
"""Windows 10 1607: new kernel drivers need a Microsoft signature (Microsoft Learn: Driver signing policy)."""

_DRIVERLESS = (PeripheralMode.NETWORK, PeripheralMode.CDAPI)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A peripheral key with what the catalogue knows of it.

    Attributes:
        products: those it may be: one when known, several when ambiguous, none when unknown.
        driver: its catalogue entry, or None.

    """

    key: PeripheralKey
    products: tuple[Product, ...]
    driver: Driver | None

    @property
    def state(self) -> ProductState:
        """Whether the catalogue knows what it is."""
        if not self.products:
            return ProductState.UNKNOWN
        return ProductState.KNOWN if len(self.products) == 1 else ProductState.AMBIGUOUS

    def has(self, trait: Trait) -> bool | None:
        """Return whether it has a trait; None when that depends on which product it is."""
        if not self.products:
            return None
        found = {trait in product.traits for product in self.products}
        return found.pop() if len(found) == 1 else None

    def need(self) -> ProductMode | None:
        """Return what the product needs in the recorded mode, None when that is not known."""
        if len(self.products) != 1 or self.key.mode is None:
            return None
        return self.products[0].mode(self.key.mode)

    def mode_state(self) -> ModeState | None:  # noqa: PLR0911  a ladder of cases
        """Return how the recorded mode agrees with the USB id; None when the product is not known."""
        key = self.key
        by_id = {
            mode.mode: mode for product in self.products for mode in product.modes if key.usb in mode.usb
        }
        if len(by_id) == 1 and not next(iter(by_id.values())).usable:
            return ModeState.UNUSABLE
        if not self.products:
            return None
        if key.mode is None:
            return ModeState.NOT_RECORDED
        offered = [mode for product in self.products if (mode := product.mode(key.mode))]
        if not offered:
            return ModeState.NOT_OFFERED
        if any(not mode.usable for mode in offered):
            return ModeState.UNUSABLE
        if key.usb is not None and by_id and key.mode not in by_id:
            return ModeState.DIFFERS
        return ModeState.AGREES


class Resolver:
    """Finds products by label, else by USB id."""

    def __init__(self, catalog: Catalog) -> None:
        self._drivers = catalog.drivers
        self._by_label: dict[str, Product] = {}
        self._by_usb: dict[str, list[Product]] = {}
        for product in catalog.products.values():
            for label in (product.product, product.name, *product.aliases):
                self._by_label[label.casefold()] = product
            for usb in dict.fromkeys(usb for mode in product.modes for usb in mode.usb):
                self._by_usb.setdefault(usb, []).append(product)

    def resolve(self, key: PeripheralKey) -> Resolved:
        """Return what the catalogue knows of a peripheral."""
        driver = self._drivers.get(key.driver) if key.driver else None
        by_label = self._by_label.get(key.product.casefold()) if key.product else None
        if by_label is not None:
            return Resolved(key, (by_label,), driver)
        candidates = self._by_usb.get(key.usb, []) if key.usb else []
        if len(candidates) > 1:
            fitting = [one for one in candidates if key.kind in one.kinds]
            candidates = fitting or candidates
        if len(candidates) == 1 and candidates[0].shared_usb:
            candidates = []  # it is known not to be the only product with this id
        return Resolved(key, tuple(candidates), driver)


def driver_state(resolved: Resolved, os: OsKey) -> DriverState:  # noqa: PLR0911  a ladder of cases
    """Return how the driver of a peripheral suits a system."""
    key = resolved.key
    if key.driver is None:
        return _without_driver(resolved, os)
    driver = resolved.driver
    if driver is None:
        return DriverState.NOT_IN_CATALOGUE
    if (os.family is OsFamily.WINDOWS) != (driver.inf is not None):
        # A class driver that is delivered with one system has its like in the other.
        inbox = driver.signature is DriverSignature.INBOX and not driver.usb_ids()
        return DriverState.INBOX if inbox else DriverState.WRONG_SYSTEM
    if os.arch not in driver.arch:
        return DriverState.WRONG_ARCH
    ids = driver.usb_ids()
    if ids and key.usb is not None and key.usb not in ids:
        return DriverState.WRONG_DEVICE
    need = resolved.need()
    if need is not None and need.drivers and driver.name not in need.drivers:
        return DriverState.OTHER_DRIVER
    if not ids and key.usb is not None and resolved.state is ProductState.UNKNOWN:
        return DriverState.PRODUCT_UNKNOWN  # a class driver takes any device of the class: it proves nothing
    return _on_windows(driver, os) if os.family is OsFamily.WINDOWS else DriverState.FITS


def _without_driver(resolved: Resolved, os: OsKey) -> DriverState:
    if resolved.key.mode in _DRIVERLESS:
        return DriverState.INBOX
    if resolved.state is not ProductState.KNOWN:
        return DriverState.PRODUCT_UNKNOWN
    need = resolved.need()
    if need is None:
        return DriverState.PRODUCT_UNKNOWN
    return DriverState.MISSING if need.drivers and os.family is OsFamily.WINDOWS else DriverState.INBOX


def _on_windows(driver: Driver, os: OsKey) -> DriverState:
    if os.build is None:
        return DriverState.BUILD_UNKNOWN
    if not driver.builds.holds(os.build):
        low = driver.builds.min
        return DriverState.BUILD_TOO_OLD if low is not None and os.build < low else DriverState.BUILD_TOO_NEW
    if driver.signature is DriverSignature.UNSIGNED and os.build >= SIGNATURE_REQUIRED_SINCE:
        return DriverState.UNSIGNED
    if os.hvci is not False and driver.hvci is False:
        return DriverState.HVCI_REFUSED if os.hvci else DriverState.HVCI_UNKNOWN
    if os.hvci and driver.hvci is None:
        return DriverState.HVCI_UNKNOWN
    return DriverState.FITS
