"""``group_vars`` and ``host_vars`` folders: found by name, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import InventoryError, Mark
from officefleet.i18n import _
from officefleet.source.yaml import load, mark_of

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.source.secrets import Opener

_EXTENSIONS = ("", ".yml", ".yaml", ".json", ".yml.age", ".yaml.age", ".age")


class VariableFiles:
    """Reads the variable files of any folder; each file is read once in a run."""

    def __init__(self, opener: Opener | None = None) -> None:
        self._opener = opener
        self._listings: dict[Path, frozenset[str]] = {}
        self._values: dict[tuple[Path, str], dict[str, Any]] = {}

    def group(self, folder: Path, group: str) -> dict[str, Any]:
        """Return what ``group_vars`` beside an inventory or playbook says of a group."""
        return self._named(folder / "group_vars", group)

    def host(self, folder: Path, host: str) -> dict[str, Any]:
        """Return what ``host_vars`` beside an inventory or playbook says of a host."""
        return self._named(folder / "host_vars", host)

    def _named(self, folder: Path, name: str) -> dict[str, Any]:
        listing = self._listings.get(folder)
        if listing is None:
            listing = self._listings[folder] = _names(folder)
        if not listing:
            return {}
        found = next((name + end for end in _EXTENSIONS if name + end in listing), None)
        if found is None:
            return {}
        key = (folder, found)
        if key not in self._values:
            merged: dict[str, Any] = {}
            for file in _files(folder / found):
                merged.update(read_variables(file, self._opener))
            self._values[key] = merged
        return self._values[key]


def read_variables(file: Path, opener: Opener | None = None) -> dict[str, Any]:
    """Return the variables of a file, {} when it is empty.

    Raises:
        SourceError: unreadable or not YAML.
        InventoryError: it is not a mapping.

    """
    data = load(file, opener)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InventoryError(
            _("a variables file is a mapping of names to values"), mark=mark_of(data) or Mark(str(file), 1, 1)
        )
    return data


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()


def _files(path: Path) -> list[Path]:
    """Return the file, or the files below a folder by name; hidden and backup files stay out."""
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    for entry in sorted(path.iterdir(), key=lambda one: one.name):
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        if entry.is_dir():
            found += _files(entry) if not entry.suffix else []
        elif entry.suffix in _EXTENSIONS:  # .age: encrypted as a whole
            found.append(entry)
    return found
