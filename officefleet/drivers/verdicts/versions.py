"""Versions of drivers and middleware, compared number by number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from officefleet.drivers.catalog.rule import VersionTest

_PART = re.compile(r"\d+|[a-z]+", re.IGNORECASE)


def version_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that orders versions: ``5.2 < 5.10``, ``5.2rc1 < 5.2``, ``5.2 == 5.2.0``."""
    parts = [
        (1, int(part), "") if part[0].isdigit() else (-1, 0, part.lower()) for part in _PART.findall(text)
    ]
    while parts and parts[-1] == (1, 0, ""):
        parts.pop()
    return (*parts, (0, 0, ""))


def holds(test: VersionTest, version: str | None, *, known: bool) -> bool | None:
    """Return whether a condition on a version holds; None when that is not known.

    Args:
        test: the condition.
        version: None when `known` means "not installed".
        known: whether anything is recorded at all.

    """
    if not known:
        return None
    if version is None:
        return test.installed is False
    if test.installed is False:
        return False
    key = version_key(version)
    if test.min is not None and key < version_key(test.min):
        return False
    return test.before is None or key < version_key(test.before)
