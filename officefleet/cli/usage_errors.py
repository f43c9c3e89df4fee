"""What is wrong with a command line, in the user's language."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from cyclopts import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from officefleet.errors import nearest
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cyclopts import App, CycloptsError
    from cyclopts.argument import Argument


def usage_message(error: CycloptsError) -> str:
    """Return one sentence, and a second one where a name is nearly right.

    Errors that a person hardly meets, such as a mix of ways to give one option, keep cyclopts' English.
    """
    text = str(error)
    if isinstance(error, UnknownOptionError):
        name = error.token.keyword or error.token.value
        known = chain.from_iterable(one.names for one in error.argument_collection if one.parse)
        text = _("Unknown option: {name}.").format(name=name) + _nearest(name, known)
    elif isinstance(error, UnknownCommandError) and error.unused_tokens:
        name = error.unused_tokens[0]
        text = _("Unknown command: {name}.").format(name=name) + _commands(name, error.app)
    elif isinstance(error, MissingArgumentError) and error.argument is not None:
        text = _("{name} needs a value.").format(name=error.keyword or _shown(error.argument))
    elif isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        words = " ".join(error.unused_tokens)
        text = _("More arguments than the command takes: {words}.").format(words=words)
    elif isinstance(error, RepeatArgumentError):
        text = _("{name} is given more than once.").format(name=error.token.keyword or error.token.value)
    elif isinstance(error, CoercionError) and error.token is not None and error.msg is None:
        text = _coercion(error)
    return text


def _shown(argument: Argument) -> str:
    """Return the name that the help page gives: an option's, or a place's in capitals."""
    return argument.name if argument.index is None else argument.name.lstrip("-").upper()


def _coercion(error: CoercionError) -> str:
    value = error.token.value if error.token else ""
    kind = error.target_type
    name = (error.token and error.token.keyword) or (_shown(error.argument) if error.argument else "")
    if kind in (int, float):
        return _("{name} must be a number, not {value!r}.").format(name=name, value=value)
    choices = error.argument.get_choices() if error.argument is not None else None
    if choices:
        text = _("{name} cannot be {value!r}; choose from: {choices}.")
        return text.format(name=name, value=value, choices=", ".join(choices))
    return str(error)


def _commands(name: str, app: App | None) -> str:
    """Return the command that was perhaps meant, else all that there are."""
    commands = [one for one in app or () if not one.startswith("-")]
    return _nearest(name, commands) or " " + _("There are: {names}.").format(names=", ".join(commands))


def _nearest(name: str, known: Iterable[str]) -> str:
    found = nearest(name, known)
    return " " + _("Did you mean {name}?").format(name=found) if found else ""
