"""Cuts a play's hosts into portions, as `serial` and `order` say."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from officefleet.errors import Mark, PlaybookError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence


def ordered(hosts: Sequence[str], order: str) -> list[str]:
    """Return hosts in the order that a play asks for."""
    if order == "reverse_inventory":
        return list(reversed(hosts))
    if order == "sorted":
        return sorted(hosts)
    if order == "reverse_sorted":
        return sorted(hosts, reverse=True)
    found = list(hosts)
    if order == "shuffle":
        random.shuffle(found)
    return found


def portions(hosts: Sequence[str], serial: Sequence[Any], mark: Mark | None = None) -> list[list[str]]:
    """Return the hosts in portions.

    Args:
        hosts: all of them.
        serial: sizes: numbers or percents ("30%"); the last one repeats. Empty or 0 is one portion.
        mark: where the sizes stand.

    Raises:
        PlaybookError: a size is neither a number nor a percent.

    """
    left = list(hosts)
    found: list[list[str]] = []
    sizes = [_size(one, len(hosts), mark) for one in serial] or [0]
    number = 0
    while left:
        size = sizes[min(number, len(sizes) - 1)] or len(left)
        found.append(left[:size])
        left = left[size:]
        number += 1
    return found


def _size(value: Any, count: int, mark: Mark | None) -> int:
    text = str(value).strip()
    try:
        if text.endswith("%"):
            return max(1, int(count * float(text[:-1]) / 100))
        return max(0, int(text))
    except ValueError:
        raise PlaybookError(
            _("serial needs numbers or percents, not {value!r}").format(value=text), mark=mark
        ) from None
