"""What a template gives becomes a value: joined, with its newlines, without generators and undefined parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from officefleet.source.jinja import Undefined
from officefleet.source.limits import CHARACTERS, long_text
from officefleet.source.secrets.sealed import Sealed


def with_ending(result: str, text: str) -> str:
    """Return a result with as many newlines at its end as the template's text has: as Ansible, whatever trims blocks."""
    if not text.endswith("\n"):
        return result
    missing = (len(text) - len(text.rstrip("\n"))) - (len(result) - len(result.rstrip("\n")))
    return result + "\n" * missing if missing > 0 else result


def joined(parts: Iterator[str]) -> str:
    """Return what a template gives.

    Raises:
        TemplateError: it is too long.

    """
    found: list[str] = []
    length = 0
    for part in parts:
        found.append(part)
        length += len(part)
        if length > CHARACTERS:
            long_text(length)
    return "".join(found)


def plain(value: Any) -> Any:
    """Return generators and views as lists, so that a value can be read twice and stored."""
    if isinstance(value, (str, int, float, bool, dict, list)) or value is None:
        return value
    if isinstance(value, Sealed):
        return value.reveal()
    if isinstance(value, (map, filter, range, set, frozenset, tuple)) or (
        isinstance(value, Iterator) or type(value).__name__ in ("dict_keys", "dict_values", "dict_items")
    ):
        return [plain(item) for item in value]
    return value


def defined(value: Any) -> Any:
    """Return a value that neither is undefined nor holds at its top what is.

    Raises:
        UndefinedError: it is or does.

    """
    inside = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    for one in (value, *inside):
        if isinstance(one, Undefined):
            one._fail_with_undefined_error()  # noqa: SLF001  jinja2's documented way to raise it
    return value
