"""Filters, tests and lookups of ansible-core 2.18, for the `Templar`.

Each is registered under its short name and under ``ansible.builtin.NAME``. `docs/filters.md` lists them all with
what differs from ansible-core.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.source.plugins import filters as _filters
from officefleet.source.plugins import functions as _functions
from officefleet.source.plugins import lookups as _lookups
from officefleet.source.plugins import tests as _tests
from officefleet.source.plugins.lookups import Finder, Lookup, Lookups, Surroundings
from officefleet.source.plugins.lookups.finding import search_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from officefleet.source.plugins.kinds import Plugin

__all__ = ["Finder", "Lookup", "Lookups", "Surroundings", "calls", "filters", "functions", "lookups", "tests"]


def filters() -> dict[str, Plugin]:
    """Return all filters, for the Templar."""
    return _both_names(_filters.filters())


def tests() -> dict[str, Plugin]:
    """Return all tests, for the Templar."""
    return _both_names(_tests.tests())


def lookups(
    finder: Finder = search_folders,
    read: Callable[[Path], bytes] = Path.read_bytes,
    extra: Mapping[str, Lookup] | None = None,
) -> Lookups:
    """Return all lookups, for `functions` and for the engine's ``with_NAME`` loops.

    Args:
        finder: gives the search path of a task from its variables, first folder to last.
        read: reads a file of the controller; one that opens vaults makes the file lookups do so.
        extra: more lookups by name (``inventory_hostnames``), over the built-in ones.

    """
    return Lookups({**_lookups.lookups(), **(extra or {})}, finder, read)


def functions(
    finder: Finder = search_folders,
    read: Callable[[Path], bytes] = Path.read_bytes,
    extra: Mapping[str, Lookup] | None = None,
) -> dict[str, Any]:
    """Return lookup, query, q, now and undef, for the Templar; arguments as for `lookups`."""
    return dict(_functions.calls(lookups(finder, read, extra)))


def calls(lookups: Lookups) -> dict[str, Any]:
    """Return what `functions` returns, over lookups that exist already."""
    return dict(_functions.calls(lookups))


def _both_names(plugins: dict[str, Plugin]) -> dict[str, Plugin]:
    return plugins | {
        f"ansible.{collection}.{name}": plugin
        for collection in ("builtin", "legacy")
        for name, plugin in plugins.items()
    }
