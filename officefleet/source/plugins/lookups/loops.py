"""Lookups that shape lists for loops: items, dict, nested, together, subelements, sequence, ..."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import a_dictionary, a_list, a_text, is_list, listed, wrong_kind
from officefleet.source.plugins.lookups.call import flag, flat
from officefleet.source.plugins.lookups.options import split_term

if TYPE_CHECKING:
    from officefleet.source.plugins.lookups.call import Lookup, Surroundings

_SHORT: Final = re.compile(
    r"(?:(?P<start>0?x?[0-9a-f]+)-)?(?P<end>0?x?[0-9a-f]+)(?:/(?P<stride>[+-]?0?x?[0-9a-f]+))?(?::(?P<format>.+))?",
    re.IGNORECASE,
)
_SEQUENCE_OPTIONS: Final = ("start", "end", "count", "stride", "format")


def items(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return the terms, one level of lists opened."""
    return flat(terms)


def as_is(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return the terms as they are."""
    return terms


def dictionary(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return {key, value} for each entry of each dictionary."""
    found: list[Any] = []
    for term in terms:
        if not isinstance(term, Mapping):
            raise wrong_kind("dict", a_dictionary(), term)
        found.extend({"key": key, "value": value} for key, value in term.items())
    return found


def indexed_items(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return (position, item) for each item, counted from 0."""
    return list(enumerate(flat(terms)))


def nested(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return every choice of one item from each list."""
    if not terms:
        raise TemplateError(_("lookup nested needs a list"))
    for term in terms:
        if not is_list(term) and not isinstance(term, str):
            raise wrong_kind("nested", a_list(), term)
    return [flat(choice) for choice in listed("nested", itertools.product(*map(_as_list, terms)))]


def together(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return lists of the first items, the second items, ...; none stands for what a short list lacks."""
    if not terms:
        raise TemplateError(_("lookup together needs a list"))
    return [flat(row) for row in listed("together", itertools.zip_longest(*map(_as_list, terms)))]


def _as_list(term: Any) -> list[Any]:
    return list(term) if is_list(term) else [term]


def random_choice(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return one of the terms, by chance."""
    return [secrets.choice(terms)] if terms else []


def subelements(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return (item without its sub-list, sub-item) for each item of the sub-list that a key path leads to."""
    if len(terms) not in (2, 3) or not isinstance(terms[1], str):
        raise TemplateError(_("lookup subelements takes a list, a key and perhaps {skip_missing: true}"))
    options = terms[2] if len(terms) == 3 else {}  # noqa: PLR2004  the third term, if it is there
    if not isinstance(options, Mapping) or set(options) - {"skip_missing"}:
        raise TemplateError(_("lookup subelements: the third term may only hold skip_missing"))
    everything = terms[0]
    if isinstance(everything, Mapping):
        everything = list(everything.values())
    if not is_list(everything):
        raise wrong_kind("subelements", _("a list or a dictionary"), everything)
    skip = flag(options.get("skip_missing", False))
    found: list[Any] = []
    for item in everything:
        if not isinstance(item, Mapping):
            raise wrong_kind("subelements", _("a list of dictionaries"), item)
        if not item.get("skipped", False):
            rest, subs = _take(item, terms[1].split("."), skip=skip)
            found.extend((rest, sub) for sub in subs)
    return found


def _take(item: Mapping[str, Any], keys: list[str], *, skip: bool) -> tuple[dict[str, Any], list[Any]]:
    """Return (a copy of the item without the sub-list, the sub-list)."""
    rest = dict(item)
    level = rest
    for depth, key in enumerate(keys):
        if key not in level:
            if skip:
                return rest, []
            raise TemplateError(
                _("lookup subelements: an item has no {key}").format(key=key),
                hint=_("or give {skip_missing: true} as the third term"),
            )
        value = level[key]
        if depth == len(keys) - 1:
            if not is_list(value):
                raise wrong_kind("subelements", _("a list at {key}").format(key=".".join(keys)), value)
            del level[key]
            return rest, list(value)
        if not isinstance(value, Mapping):
            if skip:
                return rest, []
            raise wrong_kind("subelements", _("a dictionary at {key}").format(key=key), value)
        level[key] = level = dict(value)
    return rest, []


def sequence(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return numbers as texts: ``start=1 end=9 stride=2 format=poste%02d``, or ``[start-]end[/stride][:format]``."""
    found: list[Any] = []
    for term in terms:
        if not isinstance(term, (str, int)):
            raise wrong_kind("sequence", a_text(), term)
        found.extend(_numbers(str(term)))
    return found


def _numbers(term: str) -> list[str]:
    options = _sequence_options(term)
    start = _whole(options.get("start", "1"))
    stride = _whole(options.get("stride", "1"))
    if ("count" in options) == ("end" in options):
        raise TemplateError(_("lookup sequence needs count or end, one of them"))
    if "count" in options:
        count = _whole(options["count"])
        end = start + stride * count - (1 if stride > 0 else -1)
        if count == 0:
            return []
    else:
        end = _whole(options["end"])
    if stride == 0:
        return []
    if (stride > 0 and end < start) or (stride < 0 and end > start):
        raise TemplateError(
            _("lookup sequence: from {start} to {end} never arrives by steps of {stride}").format(
                start=start, end=end, stride=stride
            ),
            hint=_("a step backwards is negative"),
        )
    numbers = listed("sequence", range(start, end + (1 if stride > 0 else -1), stride))
    pattern = options.get("format", "%d")
    try:
        return [pattern % number for number in numbers]
    except (TypeError, ValueError):
        raise TemplateError(_("lookup sequence: wrong format {text}").format(text=pattern)) from None


def _sequence_options(term: str) -> dict[str, str]:
    short = _SHORT.fullmatch(term)
    if short is not None:
        return {name: value for name, value in short.groupdict().items() if value is not None}
    rest, options = split_term(term)
    unknown = rest or next((name for name in options if name not in _SEQUENCE_OPTIONS), "")
    if unknown:
        raise TemplateError(
            _("lookup sequence: unknown option {name}").format(name=unknown),
            hint=_("one of {names}").format(names=", ".join(_SEQUENCE_OPTIONS)),
        )
    return options


def _whole(text: str) -> int:
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[:1] == "0" and len(digits) > 1 else 10
    try:
        return sign * int(digits, base)
    except ValueError:
        raise TemplateError(_("lookup sequence: {text} is not a whole number").format(text=text)) from None


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "dict": dictionary,
    "indexed_items": indexed_items,
    "items": items,
    "list": as_is,
    "nested": nested,
    "random_choice": random_choice,
    "sequence": sequence,
    "subelements": subelements,
    "together": together,
}
