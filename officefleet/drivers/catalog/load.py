"""Reads ``inventory/catalog``: one YAML file an entry, each with the place of every fault."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

from officefleet.drivers.catalog.product import Product
from officefleet.drivers.catalog.rule import Rule
from officefleet.drivers.catalog.software import LgoEntry, MiddlewareEntry
from officefleet.drivers.catalog.update import Update
from officefleet.errors import DriverError, Mark, OfficefleetError, ProblemsError
from officefleet.i18n import _
from officefleet.inventory.invalid import refuse
from officefleet.inventory.shared_files import read_model
from officefleet.models import Driver
from officefleet.models.base import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_M = TypeVar("_M", bound=Model)

FOLDERS = ("drivers", "lgo", "middleware", "peripherals", "rules", "updates")


@dataclass(frozen=True, slots=True)
class Catalog:
    """The catalogue, each kind by name.

    Attributes:
        files: entry name by kind to its file, for messages.

    """

    root: Path
    drivers: Mapping[str, Driver]
    products: Mapping[str, Product]
    middleware: Mapping[str, MiddlewareEntry]
    lgo: Mapping[str, LgoEntry]
    updates: Mapping[str, Update]
    rules: Mapping[str, Rule]
    files: Mapping[tuple[str, str], Path]

    def mark(self, folder: str, name: str) -> Mark | None:
        """Return where an entry stands."""
        file = self.files.get((folder, name))
        return Mark(str(file), 1, 1) if file else None


def load_catalog(root: Path) -> Catalog:
    """Return the catalogue in a folder.

    Raises:
        DriverError: no such folder, or entries that contradict one another (see `catalog.checks`).
        ModelError: an entry is wrong.
        ProblemsError: several faults, each with its place.

    """
    from officefleet.drivers.catalog.checks import check  # noqa: PLC0415  it checks what is defined here

    if not root.is_dir():
        raise DriverError(
            _("there is no driver catalogue at {path}").format(path=root),
            mark=Mark(str(root)),
            hint=_("give the inventory's folder: its subfolder catalog is the catalogue"),
        )
    problems: list[OfficefleetError] = []
    files: dict[tuple[str, str], Path] = {}
    problems += [
        DriverError(
            _("unknown folder {name!r} in the catalogue").format(name=entry.name),
            mark=Mark(str(entry)),
            hint=_("known: {names}").format(names=", ".join(FOLDERS)),
        )
        for entry in sorted(root.iterdir())
        if entry.is_dir() and entry.name not in FOLDERS
    ]

    def read(folder: str, model: type[_M], name_of: Callable[[_M], str]) -> dict[str, _M]:
        found, faults = _read_folder(root / folder, model, name_of)
        problems.extend(faults)
        files.update({(folder, name): file for name, (file, _entry) in found.items()})
        return {name: entry for name, (_file, entry) in found.items()}

    catalog = Catalog(
        root=root,
        drivers=read("drivers", Driver, lambda one: one.name),
        products=read("peripherals", Product, lambda one: one.name),
        middleware=read("middleware", MiddlewareEntry, lambda one: one.name.value),
        lgo=read("lgo", LgoEntry, lambda one: one.name),
        updates=read("updates", Update, lambda one: one.kb),
        rules=read("rules", Rule, lambda one: one.id),
        files=files,
    )
    problems += check(catalog)
    if problems:
        raise refuse(problems)
    return catalog


def _read_folder(
    folder: Path, model: type[_M], name_of: Callable[[_M], str]
) -> tuple[dict[str, tuple[Path, _M]], list[OfficefleetError]]:
    found: dict[str, tuple[Path, _M]] = {}
    problems: list[OfficefleetError] = []
    for file in sorted(folder.glob("*.yml")):
        try:
            entry = read_model(file, model)
        except ProblemsError as error:
            problems += error.problems
            continue
        except OfficefleetError as error:
            problems.append(error)
            continue
        name = name_of(entry)
        if name.lower() != file.stem.lower():
            problems.append(
                DriverError(
                    _("the entry {name!r} is in a file of another name").format(name=name),
                    mark=Mark(str(file), 1, 1),
                    hint=_("rename the file to {name}.yml").format(name=name),
                )
            )
            continue
        found[name] = (file, entry)
    return found, problems


def usb_names() -> dict[str, tuple[str, str]]:
    """Return the shipped list of USB identities: ``vid:pid`` to (vendor, product).

    Source: the usb.ids list of 2025.07.26 and libccid 1.5.2's list of readers, for the vendors that matter.
    An identity is not a model: where the list names several products, the first is returned.
    """
    text = resources.files("officefleet.drivers").joinpath("data/usb_ids.csv").read_text(encoding="utf-8")
    names: dict[str, tuple[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        names.setdefault(f"{row['vid']}:{row['pid']}", (row["vendor"], row["product"]))
    return names
