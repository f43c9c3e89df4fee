"""The lookup that fetches a URL; what it needs (TLS, HTTP) is loaded when a playbook uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.source.plugins.lookups.call import Lookup, Surroundings


def url(terms: list[Any], around: Surroundings, **given: Any) -> list[Any]:
    """Return what each URL answers: its lines, or one text with ``split_lines=false``."""
    from officefleet.source.plugins.lookups.fetching import url as fetch  # noqa: PLC0415  12 ms that few plays need

    return fetch(terms, around, **given)


LOOKUPS: Final[Mapping[str, Lookup]] = {"url": url}
