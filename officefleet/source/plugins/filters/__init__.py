"""Filters of ansible-core that are not Jinja's own, by theme."""

from __future__ import annotations

from officefleet.source.plugins.filters import (
    documents,
    encoding,
    hashes,
    lists,
    mappings,
    numbers,
    paths,
    regex,
    sets,
    text,
    times,
    unrolled,
    values,
    vaulting,
)
from officefleet.source.plugins.kinds import Plugin, guarded

_THEMES = (
    documents,
    encoding,
    hashes,
    lists,
    mappings,
    numbers,
    paths,
    regex,
    sets,
    text,
    times,
    values,
    vaulting,
)


def filters() -> dict[str, Plugin]:
    """Return all filters by short name."""
    found: dict[str, Plugin] = dict(unrolled.unrolled())
    for theme in _THEMES:
        found.update({name: guarded(function) for name, function in theme.FILTERS.items()})
    found.update(values.TOLERANT)
    found.update(mappings.TOLERANT)
    return found
