"""Reads the values of keywords: each checks its type and says where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from officefleet.errors import Mark, PlaybookError, nearest
from officefleet.i18n import _
from officefleet.playbook.keywords import INHERITED
from officefleet.playbook.model import Keywords
from officefleet.source.template import holds_template
from officefleet.source.yaml import key_mark

if TYPE_CHECKING:
    from collections.abc import Collection

_BOOLEANS = frozenset(
    {"any_errors_fatal", "become", "check_mode", "delegate_facts", "diff", "ignore_errors", "ignore_unreachable",
     "no_log", "run_once"}
)  # fmt: skip
_WORDS = {
    "yes": True,
    "on": True,
    "true": True,
    "1": True,
    "no": False,
    "off": False,
    "false": False,
    "0": False,
}


def expect_mapping(value: Any, what: str, mark: Mark | None) -> Mapping[str, Any]:
    """Return `value` when it is a mapping; `what` names it in the error.

    Raises:
        PlaybookError: it is not.

    """
    if not isinstance(value, Mapping):
        raise PlaybookError(_("{what} must be a mapping").format(what=what), mark=mark)
    return value


def variables(mapping: Mapping[str, Any], key: str = "vars") -> Mapping[str, Any]:
    """Return the variables that a play, block, task or role sets; empty when there are none.

    Raises:
        PlaybookError: not a mapping, or a name that no template could use.

    """
    value = mapping.get(key)
    if value is None:
        return {}
    found = expect_mapping(value, key, key_mark(mapping, key))
    for name in found:
        if not (isinstance(name, str) and name.isascii() and name.isidentifier() and not iskeyword(name)):
            raise PlaybookError(
                _("{name!r} is not a variable's name").format(name=name),
                mark=key_mark(found, name),
                hint=_("letters, digits and underscores"),
            )
    return found


def check_keys(mapping: Mapping[str, Any], allowed: Collection[str], what: str) -> None:
    """Refuse keys that `what` does not have.

    Raises:
        PlaybookError: at the key, with the nearest right one.

    """
    for key in mapping:
        if key not in allowed:
            close = nearest(str(key), allowed)
            raise PlaybookError(
                _("{what} has no keyword {key!r}").format(what=what, key=str(key)),
                mark=key_mark(mapping, key),
                hint=_("did you mean {name}?").format(name=close) if close else "",
            )


def as_list(value: Any) -> list[Any]:
    """Return a value as a list: None is empty, a lone value is one item."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def as_texts(mapping: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a keyword that is text, comma-separated text or a list of texts.

    Raises:
        PlaybookError: an item is not text.

    """
    found: list[str] = []
    for item in as_list(mapping.get(key)):
        if isinstance(item, (dict, list)):
            raise PlaybookError(
                _("{key} must be text or a list of texts").format(key=key), mark=key_mark(mapping, key)
            )
        found += [part.strip() for part in str(item).split(",") if part.strip()]
    return tuple(found)


def conditions(mapping: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    """Return a keyword that is a condition or a list of them.

    Raises:
        PlaybookError: a condition is a mapping (an unquoted colon does that).

    """
    found = tuple(as_list(mapping.get(key)))
    for item in found:
        if isinstance(item, (dict, list)):
            raise PlaybookError(
                _("{key} must be text, a boolean or a list of them").format(key=key),
                mark=key_mark(mapping, key),
                hint=_("quote the condition"),
            )
    return found


def keywords(mapping: Mapping[str, Any]) -> Keywords:
    """Return the inheritable keywords that a play, block, task or role sets itself.

    Raises:
        PlaybookError: a value of the wrong type.

    """
    own = variables(mapping)
    values = {key: mapping[key] for key in mapping if key in INHERITED}
    for key in _BOOLEANS & values.keys():
        values[key] = _boolean(values[key], key, key_mark(mapping, key))
    return Keywords(
        when=conditions(mapping, "when"),
        tags=as_texts(mapping, "tags"),
        vars=(own,) if own else (),
        environment=tuple(as_list(mapping.get("environment"))),
        module_defaults=tuple(as_list(mapping.get("module_defaults"))),
        values=values,
    )


def _boolean(value: Any, key: str, mark: Mark | None) -> Any:
    if value is None or isinstance(value, bool) or holds_template(value):
        return value
    if isinstance(value, (str, int)) and str(value).lower() in _WORDS:
        return _WORDS[str(value).lower()]
    raise PlaybookError(_("{key} must be true or false").format(key=key), mark=mark)
