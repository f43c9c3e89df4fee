"""Finds where a fault stands, by reading the file again: only wrong files pay for marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import Mark, OfficefleetError
from officefleet.inventory.invalid import place_of
from officefleet.inventory.pharmacy_file import FILE
from officefleet.source.yaml import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


_MOST_FILES = 200


class Places:
    """Places in pharmacy files; keeps the last file, since faults come pharmacy by pharmacy.

    After 200 files only the file is named: one fault in each of 20,000 must not take minutes to report.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders
        self._last: tuple[str, object] = ("", None)
        self._read = 0

    def of(self, pharmacy: str, location: Sequence[int | str]) -> Mark:
        """Return where the value at a location of a pharmacy's file stands."""
        file = self._folders[pharmacy] / FILE
        if self._last[0] != pharmacy:
            self._read += 1
            if self._read > _MOST_FILES:
                return Mark(str(file))
            self._last = (pharmacy, marked(file))
        return place_of(self._last[1], location, str(file))


def marked(file: Path) -> object:
    """Return a file's marked content, or None when it can no longer be read."""
    try:
        return load(file)
    except OfficefleetError:
        return None
