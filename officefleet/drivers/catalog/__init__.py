"""The driver catalogue: products, drivers, middleware, LGO, updates and rules, one YAML file an entry."""

from officefleet.drivers.catalog.common import LocalText, Source
from officefleet.drivers.catalog.load import Catalog, load_catalog, usb_names
from officefleet.drivers.catalog.product import Product, ProductMode, Trait
from officefleet.drivers.catalog.rule import DriverState, ModeState, ProductState, Rule, Verdict, When
from officefleet.drivers.catalog.update import Update

__all__ = [
    "Catalog",
    "DriverState",
    "LocalText",
    "ModeState",
    "Product",
    "ProductMode",
    "ProductState",
    "Rule",
    "Source",
    "Trait",
    "Update",
    "Verdict",
    "When",
    "load_catalog",
    "usb_names",
]
