"""What ``-i`` names: the fleet's own folder, Ansible's files and folders, lists of hosts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import InventoryError
from officefleet.i18n import _
from officefleet.inventory.pharmacy_file import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

FLEET = "fleet.yml"
OFFICINES = "officines"
_IGNORED_SUFFIXES = frozenset(
    {".pyc", ".pyo", ".swp", ".bak", ".rpm", ".md", ".txt", ".orig", ".cfg", ".retry", ".rst"}
)
_IGNORED_NAMES = frozenset({"group_vars", "host_vars", "vars_plugins", "catalog", OFFICINES, FLEET})
_INVENTORY_SUFFIXES = frozenset({"", ".ini", ".yml", ".yaml", ".json"})


@dataclass(slots=True)
class Layout:
    """What was found, in the order of the sources.

    Attributes:
        fleets: folders that hold ``fleet.yml`` or ``officines``.
        officines: pharmacy id to its folder, sorted by id.
        files: Ansible inventory files.
        lists: host names of comma lists.
        variables: folders whose ``group_vars`` and ``host_vars`` count.
        chosen: pharmacies that a source names by their own folder, or None.

    """

    fleets: list[Path] = field(default_factory=list)
    officines: dict[str, Path] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    lists: list[list[str]] = field(default_factory=list)
    variables: list[Path] = field(default_factory=list)
    chosen: set[str] | None = None


def find(sources: Sequence[str | Path]) -> Layout:
    """Return what the sources hold; opens no file.

    Raises:
        InventoryError: a source does not exist, or two fleets hold the same pharmacy.

    """
    layout = Layout()
    for source in sources:
        path = Path(source)
        if isinstance(source, str) and "," in source and not path.exists():
            layout.lists.append([name.strip() for name in source.split(",") if name.strip()])
        elif not path.exists():
            raise InventoryError(
                _("the inventory {path} does not exist").format(path=source),
                hint=_("a list of hosts ends with a comma: -i host,"),
            )
        elif (path / FILE).is_file():
            layout.chosen = (layout.chosen or set()) | {path.resolve().name}
            _fleet(path.resolve().parent.parent, layout)
        elif (path / FLEET).is_file() or (path / OFFICINES).is_dir():
            _fleet(path, layout)
        elif path.is_dir():
            _add_variables(layout, path)
            _ansible(path, layout)
        else:
            layout.files.append(path)
            _add_variables(layout, path.parent)
    layout.officines = dict(sorted(layout.officines.items()))
    return layout


def _add_variables(layout: Layout, folder: Path) -> None:
    if folder not in layout.variables:
        layout.variables.append(folder)


def _fleet(root: Path, layout: Layout) -> None:
    if root in layout.fleets:
        return
    layout.fleets.append(root)
    _add_variables(layout, root)
    officines = root / OFFICINES
    if officines.is_dir():
        with os.scandir(officines) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name in layout.officines:
                    raise InventoryError(_("two inventories hold {id!r}").format(id=entry.name))
                layout.officines[entry.name] = officines / entry.name
    layout.files += [
        entry
        for entry in sorted(root.iterdir(), key=lambda one: one.name)
        if entry.is_file()
        and entry.name not in _IGNORED_NAMES
        and not entry.name.startswith(".")
        and entry.suffix in _INVENTORY_SUFFIXES
    ]


def _ansible(folder: Path, layout: Layout) -> None:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.startswith(".") or entry.name.endswith("~") or entry.name in _IGNORED_NAMES:
            continue
        if entry.is_dir():
            _ansible(entry, layout)
        elif entry.suffix not in _IGNORED_SUFFIXES:
            layout.files.append(entry)
