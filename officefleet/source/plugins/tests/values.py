"""Tests over any value: contains, subset, truthy, nan, ..."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from officefleet.source.plugins.filters.values import TRUE_WORDS
from officefleet.source.plugins.kinds import Plugins, a_list, wrong_kind

_FALSE_WORDS: Final = ("no", "off", "0", "false", "n", "f")


def _items(name: str, value: Any) -> list[Any]:
    if not isinstance(value, Iterable):
        raise wrong_kind(name, a_list(), value)
    return list(value)


def contains(value: Any, item: Any) -> bool:
    """Return whether a list, a dictionary's keys or a text contains an item."""
    if not hasattr(value, "__contains__"):
        raise wrong_kind("contains", a_list(), value)
    return item in value


def subset(value: Any, other: Any) -> bool:
    """Return whether each item of the first list is in the second."""
    everything = _items("subset", other)
    return all(item in everything for item in _items("subset", value))


def superset(value: Any, other: Any) -> bool:
    """Return whether each item of the second list is in the first."""
    return subset(other, value)


def every(value: Any) -> bool:
    """Return whether all items are true."""
    return all(_items("all", value))


def some(value: Any) -> bool:
    """Return whether any item is true."""
    return any(_items("any", value))


def truthy(value: Any, convert_bool: bool = False) -> bool:  # noqa: FBT001, FBT002  by position in playbooks
    """Return whether a value is true as Python sees it; `convert_bool` reads yes, no, on, off, 0 and 1 first."""
    if convert_bool and isinstance(value, str):
        word = value.strip().lower()
        if word in (*TRUE_WORDS, "y", "t"):
            return True
        if word in _FALSE_WORDS:
            return False
    return bool(value)


def falsy(value: Any, convert_bool: bool = False) -> bool:  # noqa: FBT001, FBT002  by position in playbooks
    """Return the opposite of truthy."""
    return not truthy(value, convert_bool)


def nan(value: Any) -> bool:
    """Return whether a number is the one that is not a number."""
    return isinstance(value, float) and math.isnan(value)


TESTS: Final[Plugins] = {
    "all": every,
    "any": some,
    "contains": contains,
    "falsy": falsy,
    "isnan": nan,
    "issubset": subset,
    "issuperset": superset,
    "nan": nan,
    "subset": subset,
    "superset": superset,
    "truthy": truthy,
}
