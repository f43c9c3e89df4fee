"""What a plugin is, and the two checks that every one of them shares."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from jinja2 import Undefined

from officefleet.errors import TemplateError
from officefleet.i18n import _

Plugin: TypeAlias = Callable[..., Any]
Plugins: TypeAlias = Mapping[str, Plugin]

_MANY = 1_000_000  # items that one filter may give: a mistyped product must not eat the controller's memory


def guarded(function: Plugin) -> Plugin:
    """Return `function` so that an undefined argument raises before the body sees it.

    Raises:
        jinja2.exceptions.UndefinedError: when called with an undefined value.

    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        for argument in arguments:
            if isinstance(argument, Undefined):
                fail_undefined(argument)
        for option in options.values():
            if isinstance(option, Undefined):
                fail_undefined(option)
        return function(*arguments, **options)

    return call


def fail_undefined(value: Undefined) -> None:
    """Raise what jinja2 raises for a use of an undefined value."""
    value._fail_with_undefined_error()  # noqa: SLF001  jinja2's documented way to raise it


def require_defined(value: Any) -> None:
    """Raise what jinja2 raises if an undefined value is anywhere inside a value."""
    if isinstance(value, Undefined):
        fail_undefined(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            require_defined(item)
    elif is_list(value):
        for item in value:
            require_defined(item)


def text_of(value: Any) -> str:
    """Return a value as text; bytes are UTF-8."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def is_list(value: Any) -> bool:
    """Return whether a value is a sequence of items: not text, not a mapping."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def kind_of(value: Any) -> str:
    """Return the name of a value's builtin type, also for our marked subclasses."""
    for kind in type(value).__mro__:
        if not kind.__module__.startswith("officefleet"):
            return kind.__name__
    return type(value).__name__


def wrong_kind(name: str, wanted: str, value: Any) -> TemplateError:
    """Return the error of a plugin that was given another kind of value.

    Args:
        name: the plugin.
        wanted: what it takes, already translated.
        value: what it got; only its type is shown, it may be a secret.

    """
    return TemplateError(
        _("{name} requires {wanted}, got {kind}").format(name=name, wanted=wanted, kind=kind_of(value))
    )


def listed(name: str, items: Any) -> list[Any]:
    """Return the items of an iterator as a list.

    Raises:
        TemplateError: more than a million items.

    """
    found: list[Any] = []
    for item in items:
        found.append(item)
        if len(found) > _MANY:
            raise TemplateError(_("{name} would give more than {count} items").format(name=name, count=_MANY))
    return found


def a_dictionary() -> str:
    """Return the translated noun phrase that errors use."""
    return _("a dictionary")


def a_list() -> str:
    """Return the translated noun phrase that errors use."""
    return _("a list")


def a_text() -> str:
    """Return the translated noun phrase that errors use."""
    return _("a text")


def a_number() -> str:
    """Return the translated noun phrase that errors use."""
    return _("a number")
