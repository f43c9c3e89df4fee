"""Filters that build lists: flatten, zip, product, shuffle, random."""

from __future__ import annotations

import itertools
import random as randomness
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, listed

_NULLS = (None, "None", "null")


def flatten(value: Any, levels: int | None = None, skip_nulls: bool = True) -> list[Any]:  # noqa: FBT001, FBT002  by position in playbooks
    """Return a list with the lists inside it opened, `levels` deep; nulls are dropped unless told."""
    found: list[Any] = []
    for item in value:
        if skip_nulls and (item is None or (isinstance(item, str) and item in _NULLS)):
            continue
        if isinstance(item, (list, tuple)) and (levels is None or levels > 0):
            found.extend(flatten(item, None if levels is None else levels - 1, skip_nulls))
        else:
            found.append(item)
    return found


def zipped(*lists: Any, strict: bool = False) -> list[tuple[Any, ...]]:
    """Return tuples of the first items, the second items, ...; the shortest list ends it."""
    try:
        return listed("zip", zip(*lists, strict=strict))
    except ValueError:
        raise TemplateError(_("zip: the lists differ in length")) from None


def zip_longest(*lists: Any, fillvalue: Any = None) -> list[tuple[Any, ...]]:
    """Return tuples of the first items, the second items, ...; short lists are filled up."""
    return listed("zip_longest", itertools.zip_longest(*lists, fillvalue=fillvalue))


def product(*lists: Any, repeat: int = 1) -> list[tuple[Any, ...]]:
    """Return every choice of one item from each list."""
    return listed("product", itertools.product(*lists, repeat=repeat))


def permutations(value: Any, r: int | None = None) -> list[tuple[Any, ...]]:
    """Return every ordered choice of `r` items, of all items when it is not given."""
    return listed("permutations", itertools.permutations(value, r))


def combinations(value: Any, r: int) -> list[tuple[Any, ...]]:
    """Return every unordered choice of `r` items."""
    return listed("combinations", itertools.combinations(value, r))


def _generator(seed: Any) -> randomness.Random:
    # A seed asks for the same choice on every run (a cron minute per host), not for a secret.
    return randomness.SystemRandom() if seed is None else randomness.Random(seed)  # noqa: S311


def shuffle(value: Any, seed: Any = None) -> Any:
    """Return the items in random order, the same order for the same seed."""
    if not isinstance(value, Iterable):
        return value
    items = list(value)
    _generator(seed).shuffle(items)
    return items


def random(value: Any, start: int | None = None, step: int | None = None, seed: Any = None) -> Any:
    """Return a random item of a list, or a random number below a number."""
    generator = _generator(seed)
    if isinstance(value, int):
        try:
            return generator.randrange(start or 0, value, step or 1)
        except (ValueError, TypeError) as error:
            raise TemplateError(_("random: {reason}").format(reason=error)) from None
    if not isinstance(value, Sequence) or isinstance(value, Mapping):
        raise TemplateError(_("random can only be used on sequences and integers"))
    if start is not None or step is not None:
        raise TemplateError(_("random: start and step can only be used with integer values"))
    if not value:
        raise TemplateError(_("random: the list is empty"))
    return generator.choice(value)


FILTERS: Final[Plugins] = {
    "combinations": combinations,
    "flatten": flatten,
    "permutations": permutations,
    "product": product,
    "random": random,
    "shuffle": shuffle,
    "zip": zipped,
    "zip_longest": zip_longest,
}
