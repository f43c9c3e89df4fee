"""Tests of ansible-core that are not Jinja's own, by theme. Every one of them gives true or false."""

from __future__ import annotations

from officefleet.source.plugins.kinds import Plugin, guarded
from officefleet.source.plugins.tests import files, results, text, values, version

_THEMES = (files, results, text, values, version)


def tests() -> dict[str, Plugin]:
    """Return all tests by short name."""
    return {name: guarded(function) for theme in _THEMES for name, function in theme.TESTS.items()}
