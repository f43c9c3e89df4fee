"""How a template calls a lookup: ``lookup``, ``query`` and ``q``, and how a loop does (``with_NAME``)."""

from __future__ import annotations

import logging
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from jinja2 import Undefined
from jinja2.exceptions import UndefinedError

from officefleet.errors import TemplateError, UndefinedVariableError, nearest
from officefleet.i18n import _
from officefleet.source.plugins.kinds import fail_undefined, is_list
from officefleet.source.scope import TooEarlyError

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.runtime import Context

_LOG = logging.getLogger(__name__)

Finder: TypeAlias = Callable[[Mapping[str, Any]], Sequence["Path"]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a lookup may use besides its terms.

    Attributes:
        variables: the variables of the task, rendered when they are read (a `Scope`).
        folders: where relative names are looked for, first to last.
        read: reads a file of the controller; the engine's one opens vaults.

    """

    variables: Mapping[str, Any]
    folders: Sequence[Path]
    read: Callable[[Path], bytes]


Lookup: TypeAlias = Callable[..., list[Any]]


@dataclass(frozen=True)
class Lookups:
    """All lookups of a run.

    Args:
        lookups: by short name; each takes (terms, surroundings, **options) and returns a list.
        finder: gives the folders of a task's search path from its variables.
        read: reads a file of the controller.

    """

    lookups: dict[str, Lookup]
    finder: Finder
    read: Callable[[Path], bytes]
    prefixes: Sequence[str] = field(default=("ansible.builtin.", "ansible.legacy."))

    def run(self, name: str, terms: Sequence[Any], variables: Mapping[str, Any], **options: Any) -> list[Any]:
        """Return what a lookup finds, as a list.

        Args:
            name: short name, or with ``ansible.builtin.`` before it.
            terms: already rendered.
            variables: the task's Scope.
            options: the lookup's own.

        Raises:
            TemplateError: no such lookup, or it found nothing; UndefinedVariableError for an undefined term.

        """
        lookup = self._named(name)
        for term in terms:
            if isinstance(term, Undefined):
                fail_undefined(term)
        around = Surroundings(variables, self.finder(variables), self.read)
        try:
            found = lookup(list(terms), around, **options)
        except TypeError as error:
            if "unexpected keyword argument" not in str(error):
                raise
            option = str(error).rsplit(" ", 1)[-1].strip("'")
            raise TemplateError(
                _("lookup {name} has no option {option}").format(name=name, option=option)
            ) from None
        return found

    def _named(self, name: str) -> Lookup:
        short = name
        for prefix in self.prefixes:
            short = short.removeprefix(prefix)
        if short not in self.lookups:
            close = nearest(short, self.lookups)
            raise TemplateError(
                _("there is no lookup {name}").format(name=name),
                hint=_("did you mean {name}?").format(name=close) if close else "",
            )
        return self.lookups[short]

    def call(self, context: Context, name: str, terms: Sequence[Any], options: dict[str, Any]) -> Any:
        """Return what ``lookup(name, *terms, **options)`` gives inside a template."""
        wantlist = options.pop("wantlist", False)
        options.pop("allow_unsafe", None)  # what a lookup gives is never a template here
        errors = options.pop("errors", "strict")
        if errors not in ("strict", "warn", "ignore"):
            raise TemplateError(
                _("lookup: unknown errors {name}").format(name=errors), hint=_("strict, warn or ignore")
            )
        try:
            found = self.run(str(name), terms, _scope_of(context), **options)
        except TooEarlyError:
            raise
        except Exception as error:  # a playbook's own lookup may raise anything
            if errors == "strict" or isinstance(error, UndefinedVariableError | UndefinedError):
                raise
            if errors == "warn":
                _LOG.warning("%s", error)
            return [] if wantlist else None
        return found if wantlist else _joined(found)


def _scope_of(context: Context) -> Mapping[str, Any]:
    """Return the variables a template was given, without the template's own."""
    parent: Mapping[str, Any] = context.parent
    while isinstance(parent, ChainMap):  # what an included template sees
        parent = parent.maps[-1]
    return parent


def _joined(found: list[Any]) -> Any:
    if not found:
        return found
    if all(isinstance(item, str) for item in found):
        return ",".join(found)
    return found[0] if len(found) == 1 else found


def flag(value: Any) -> bool:
    """Return an option as a boolean; text is read as ansible-core does."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("yes", "on", "1", "true", "y", "t"):
            return True
        if word in ("no", "off", "0", "false", "n", "f"):
            return False
        raise TemplateError(_("{text} is neither true nor false").format(text=value))
    return bool(value)


def flat(terms: Sequence[Any]) -> list[Any]:
    """Return terms with one level of lists opened."""
    found: list[Any] = []
    for term in terms:
        if is_list(term):
            found.extend(term)
        else:
            found.append(term)
    return found
