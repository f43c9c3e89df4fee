"""Filters that treat lists as sets. The order of the first list is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jinja2 import Environment, pass_environment
from jinja2.filters import ignore_case, make_attrgetter

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, kind_of


class _Seen:
    """A set that also takes what cannot be hashed (dictionaries, lists), by comparing it."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._hashed: set[Any] = set()
        self._others: list[Any] = []
        for item in items:
            self.add(item)

    def add(self, item: Any) -> bool:
        """Return whether the item was new."""
        if item in self:
            return False
        try:
            self._hashed.add(item)
        except TypeError:
            self._others.append(item)
        return True

    def __contains__(self, item: Any) -> bool:
        try:
            return item in self._hashed
        except TypeError:
            return item in self._others


def _items(name: str, value: Any) -> Iterable[Any]:
    if not isinstance(value, Iterable):
        raise TemplateError(
            _("{name}: '{kind}' object is not iterable").format(name=name, kind=kind_of(value))
        )
    return value


@pass_environment
def unique(
    environment: Environment,
    value: Any,
    case_sensitive: bool | None = None,  # noqa: FBT001  by position in playbooks
    attribute: Any = None,
) -> list[Any]:
    """Return the items without repeats; upper and lower case count as equal unless told."""
    key = make_attrgetter(environment, attribute, postprocess=None if case_sensitive else ignore_case)
    seen = _Seen()
    return [item for item in _items("unique", value) if seen.add(key(item))]


def union(first: Any, second: Any) -> list[Any]:
    """Return the items that are in either list, once each."""
    seen = _Seen()
    everything = [*_items("union", first), *_items("union", second)]
    return [item for item in everything if seen.add(item)]


def intersect(first: Any, second: Any) -> list[Any]:
    """Return the items that are in both lists, once each."""
    both, seen = _Seen(_items("intersect", second)), _Seen()
    return [item for item in _items("intersect", first) if item in both and seen.add(item)]


def difference(first: Any, second: Any) -> list[Any]:
    """Return the items of the first list that the second lacks, once each."""
    other, seen = _Seen(_items("difference", second)), _Seen()
    return [item for item in _items("difference", first) if item not in other and seen.add(item)]


def symmetric_difference(first: Any, second: Any) -> list[Any]:
    """Return the items that only one of the lists has, once each."""
    return difference(first, second) + difference(second, first)


FILTERS: Final[Plugins] = {
    "difference": difference,
    "intersect": intersect,
    "symmetric_difference": symmetric_difference,
    "union": union,
    "unique": unique,
}
