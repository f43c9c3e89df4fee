"""Lookups of ansible-core, by theme. They run on the controller only."""

from __future__ import annotations

from officefleet.source.plugins.lookups import files, loops, password, surroundings, tables, web
from officefleet.source.plugins.lookups.call import Finder, Lookup, Lookups, Surroundings

__all__ = ["Finder", "Lookup", "Lookups", "Surroundings", "lookups"]

_THEMES = (files, loops, password, surroundings, tables, web)


def lookups() -> dict[str, Lookup]:
    """Return all lookups by short name."""
    return {name: function for theme in _THEMES for name, function in theme.LOOKUPS.items()}
