"""Lookups that shape lists for loops: items, dict, nested, together, subelements, sequence, ..."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import a_list, a_text, is_list, kind_of, listed, wrong_kind
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
            raise TemplateError(_("with_dict expects a dict"))
        found.extend({"key": key, "value": value} for key, value in term.items())
    return found


def indexed_items(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return (position, item) for each item, counted from 0."""
    return list(enumerate(flat(terms)))


def nested(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return every choice of one item from each list."""
    if not terms:
        raise TemplateError(_("with_nested requires at least one element in the nested list"))
    for term in terms:
        if not is_list(term) and not isinstance(term, str):
            raise wrong_kind("nested", a_list(), term)
    return [flat(choice) for choice in listed("nested", itertools.product(*map(_as_list, terms)))]


def together(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return lists of the first items, the second items, ...; none stands for what a short list lacks."""
    if not terms:
        raise TemplateError(_("with_together requires at least one element in each list"))
    return [flat(row) for row in listed("together", itertools.zip_longest(*map(_as_list, terms)))]


def _as_list(term: Any) -> list[Any]:
    return list(term) if is_list(term) else [term]


def random_choice(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return one of the terms, by chance."""
    return [secrets.choice(terms)] if terms else []


def subelements(terms: list[Any], _around: Surroundings) -> list[Any]:
    """Return (item without its sub-list, sub-item) for each item of the sub-list that a key path leads to."""
    everything, path, skip = _subelements_terms(terms)
    found: list[Any] = []
    for item in everything:
        if not isinstance(item, Mapping):
            raise TemplateError(
                _("subelements lookup expects a dictionary, got {kind}").format(kind=kind_of(item))
            )
        if not item.get("skipped", False):
            rest, subs = _take(item, path, skip=skip)
            found.extend((rest, sub) for sub in subs)
    return found


def _subelements_terms(terms: list[Any]) -> tuple[list[Any], list[str], bool]:
    """Return (items, key path, skip what is missing)."""
    if len(terms) not in (2, 3):
        raise _wrong_terms("")
    if not isinstance(terms[1], str):
        raise _wrong_terms(_("the second a string pointing to the subkey"))
    options = terms[2] if len(terms) == 3 else {}  # noqa: PLR2004  the third term, if it is there
    if not isinstance(options, Mapping) or set(options) - {"skip_missing"}:
        raise _wrong_terms(_("the optional third item must be a dict with the flag skip_missing"))
    everything = terms[0]
    if isinstance(everything, Mapping):
        everything = [] if everything.get("skipped", False) else list(everything.values())
    if not is_list(everything):
        raise _wrong_terms(
            _("first a dict or a list, second a string: it expects a dictionary, got {kind}").format(
                kind=kind_of(everything)
            )
        )
    return everything, terms[1].split("."), flag(options.get("skip_missing", False))


def _wrong_terms(what: str) -> TemplateError:
    return TemplateError(
        _("subelements lookup expects a list of two or three items, {what}").format(what=what).rstrip(", ")
    )


def _take(item: Mapping[str, Any], keys: list[str], *, skip: bool) -> tuple[dict[str, Any], list[Any]]:
    """Return (a copy of the item without the sub-list, the sub-list)."""
    rest = dict(item)
    level = rest
    for depth, key in enumerate(keys):
        if key not in level:
            if skip:
                return rest, []
            raise TemplateError(
                _("could not find '{key}' key in iterated item").format(key=key),
                hint=_("or give {skip_missing: true} as the third term"),
            )
        value = level[key]
        if depth == len(keys) - 1:
            if not is_list(value):
                raise TemplateError(
                    _("the key {key} should point to a list, got {kind}").format(key=key, kind=kind_of(value))
                )
            del level[key]
            return rest, list(value)
        if not isinstance(value, Mapping):
            if skip:
                return rest, []
            raise TemplateError(
                _("the key {key} should point to a dictionary, got {kind}").format(
                    key=key, kind=kind_of(value)
                )
            )
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
    start = _whole("start", options.get("start", "1"))
    stride = _whole("stride", options.get("stride", "1"))
    if "count" not in options and "end" not in options:
        raise TemplateError(_("must specify count or end in with_sequence"))
    if "count" in options and "end" in options:
        raise TemplateError(_("can't specify both count and end in with_sequence"))
    if "count" in options:
        count = _whole("count", options["count"])
        end = start + stride * count - (1 if stride > 0 else -1)
        if count == 0:
            return []
    else:
        end = _whole("end", options["end"])
    if stride == 0:
        return []
    if stride > 0 and end < start:
        raise TemplateError(_("to count backwards make stride negative"))
    if stride < 0 and end > start:
        raise TemplateError(_("to count forward don't make stride negative"))
    numbers = listed("sequence", range(start, end + (1 if stride > 0 else -1), stride))
    pattern = options.get("format", "%d")
    try:
        return [pattern % number for number in numbers]
    except (TypeError, ValueError):
        raise TemplateError(_("bad formatting string: {text}").format(text=pattern)) from None


def _sequence_options(term: str) -> dict[str, str]:
    short = _SHORT.fullmatch(term)
    if short is not None:
        return {name: value for name, value in short.groupdict().items() if value is not None}
    rest, options = split_term(term)
    unknown = ([rest] if rest else []) + [name for name in options if name not in _SEQUENCE_OPTIONS]
    if unknown:
        raise TemplateError(
            _("unrecognized arguments to with_sequence: {names}").format(names=unknown),
            hint=_("one of {names}").format(names=", ".join(_SEQUENCE_OPTIONS)),
        )
    return options


def _whole(name: str, text: str) -> int:
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[:1] == "0" and len(digits) > 1 else 10
    try:
        return sign * int(digits, base)
    except ValueError:
        raise TemplateError(_("can't parse {name}={text} as integer").format(name=name, text=text)) from None


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
