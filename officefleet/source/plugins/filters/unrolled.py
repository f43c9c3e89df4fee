"""Jinja's own filters that give generators, as lists: a result can be counted, indexed and read twice."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from jinja2.filters import FILTERS as JINJA

if TYPE_CHECKING:
    from officefleet.source.plugins.kinds import Plugin

LAZY: Final = ("batch", "items", "map", "reject", "rejectattr", "select", "selectattr", "slice")


def unrolled() -> dict[str, Plugin]:
    """Return the filters by name."""
    return {name: _as_list(JINJA[name]) for name in LAZY}


def _as_list(function: Plugin) -> Plugin:
    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        found = function(*arguments, **options)
        return list(found) if isinstance(found, Iterator) else found

    return call
