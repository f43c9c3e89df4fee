"""Filters over numbers and sizes."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, kind_of, text_of

_UNITS: Final = "BKMGTPEZY"  # each is 1024 times the one before
_SIZE = re.compile(r"\s*(?P<number>\d*\.?\d*)\s*(?P<unit>[A-Za-z]*)$")
_PREFIXES: Final = {
    "kilo": "K", "mega": "M", "giga": "G", "tera": "T", "peta": "P", "exa": "E", "zetta": "Z", "yotta": "Y",
}  # fmt: skip


def _number(name: str, value: Any) -> float | int:
    if not isinstance(value, (int, float)):
        raise TemplateError(
            _("{name}() can only be used on numbers, got {kind}").format(name=name, kind=kind_of(value))
        )
    return value


def log(value: Any, base: Any = math.e) -> float:
    """Return a logarithm, the natural one unless a base is given."""
    number, root_of = _number("log", value), _number("log", base)
    try:
        return math.log10(number) if root_of == 10 else math.log(number, root_of)  # noqa: PLR2004  exact for 10
    except (ValueError, ZeroDivisionError) as error:
        raise TemplateError(_("log: {reason}").format(reason=error)) from None


def power(value: Any, exponent: Any) -> float:
    """Return a number raised to a power."""
    try:
        return math.pow(_number("pow", value), _number("pow", exponent))
    except (ValueError, OverflowError) as error:
        raise TemplateError(_("pow: {reason}").format(reason=error)) from None


def root(value: Any, base: Any = 2) -> float:
    """Return a root, the square root unless told."""
    number, degree = _number("root", value), _number("root", base)
    try:
        return math.sqrt(number) if degree == 2 else math.pow(number, 1.0 / float(degree))  # noqa: PLR2004  square
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise TemplateError(_("root: {reason}").format(reason=error)) from None


def human_readable(value: Any, isbits: bool = False, unit: str | None = None) -> str:  # noqa: FBT001, FBT002  by position in playbooks
    """Return bytes (or bits) in the largest unit that fits, two decimals."""
    if not isinstance(value, (int, float)):
        raise TemplateError(_("human_readable() failed on bad input: got {kind}").format(kind=kind_of(value)))
    size = value
    chosen = "B"
    for name in _UNITS:
        if (unit is None and size >= 1024 ** _UNITS.index(name)) or (unit or "").upper() == name:
            chosen = name
    suffix = chosen + ("b" if isbits else "B") if chosen != "B" else ("bits" if isbits else "Bytes")
    return f"{size / 1024 ** _UNITS.index(chosen):.2f} {suffix}"


def human_to_bytes(value: Any, default_unit: str | None = None, isbits: bool = False) -> int:  # noqa: FBT001, FBT002  by position in playbooks
    """Return the number of bytes (or bits) that a text like ``1.5 GB`` means."""
    text = text_of(value)
    found = _SIZE.match(text)
    if found is None or found["number"] in ("", "."):
        raise _bad_size(text)
    unit = found["unit"] or default_unit or ""
    return round(float(found["number"]) * float(1024 ** _exponent(unit, text, isbits=isbits)))


def _exponent(unit: str, text: str, *, isbits: bool) -> int:
    if not unit:
        return 0
    word = unit.lower()
    base = "bit" if isbits else "byte"
    for prefix, letter in (("", "B"), *_PREFIXES.items()):
        if word == prefix + base:
            return _UNITS.index(letter)
    letter = unit[0].upper()
    if letter not in _UNITS or unit not in (unit[0], letter.replace("B", "") + ("b" if isbits else "B")):
        raise _bad_size(text)  # one letter in any case, or a capital and B for bytes, b for bits
    return _UNITS.index(letter)


def _bad_size(text: str) -> TemplateError:
    return TemplateError(
        _("human_to_bytes() can't interpret following string: {text}").format(text=text),
        hint=_("write a number and one of {units}").format(units="B K M G T P E Z Y"),
    )


FILTERS: Final[Plugins] = {
    "human_readable": human_readable,
    "human_to_bytes": human_to_bytes,
    "log": log,
    "pow": power,
    "root": root,
}
