"""Lookups of what surrounds a template: variables, environment, commands of the controller."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Undefined

from officefleet.errors import TemplateError, UndefinedVariableError, nearest
from officefleet.i18n import _
from officefleet.source.plugins.kinds import fail_undefined, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.source.plugins.lookups.call import Lookup, Surroundings

_UNSET = object()


def variables(terms: list[Any], around: Surroundings, default: Any = _UNSET) -> list[Any]:
    """Return the value of each variable, or `default` for one that is not there."""
    found: list[Any] = []
    for term in terms:
        if not isinstance(term, str):
            raise _no_name(term)
        try:
            found.append(around.variables[term])
        except KeyError:
            if default is _UNSET:
                close = nearest(term, around.variables)
                raise UndefinedVariableError(
                    _("No variable found with this name: {name}").format(name=term),
                    hint=_("did you mean {name}?").format(name=close) if close else "",
                ) from None
            found.append(default)
    return found


def _no_name(term: Any) -> TemplateError:
    return TemplateError(
        _('Invalid setting identifier, "{term}" is not a string, it is a {kind}').format(
            term=term, kind=type(term)
        )
    )


def varnames(terms: list[Any], around: Surroundings) -> list[Any]:
    """Return the names of the variables that match each pattern."""
    found: list[Any] = []
    for term in terms:
        if not isinstance(term, str):
            raise _no_name(term)
        try:
            pattern = re.compile(term)
        except re.error as error:
            raise TemplateError(
                _('Unable to use "{text}" as a search parameter: {reason}').format(text=term, reason=error)
            ) from None
        found.extend(name for name in around.variables if pattern.search(name))
    return found


def config(
    terms: list[Any], _around: Surroundings, *, on_missing: str = "error", **_options: Any
) -> list[Any]:
    """Return nothing, or an error: there are no Ansible settings here to look up."""
    if on_missing in ("skip", "warn"):
        return []
    raise TemplateError(
        _("lookup config: there is no Ansible setting {name} here").format(name=", ".join(map(str, terms))),
        hint=_("set on_missing='skip', or use a variable"),
    )


def env(terms: list[Any], _around: Surroundings, default: Any = "") -> list[Any]:
    """Return the controller's environment variables, `default` for one that is not set."""
    found = [os.environ.get(text_of(term), default) for term in terms]
    for value in found:
        if isinstance(value, Undefined):
            fail_undefined(value)
    return found


def pipe(terms: list[Any], around: Surroundings) -> list[Any]:
    """Return the output of each shell command, run on the controller in the play's folder."""
    return [_run("pipe", term, around).rstrip() for term in terms]


def lines(terms: list[Any], around: Surroundings) -> list[Any]:
    """Return the lines of the output of each shell command, run on the controller in the play's folder."""
    return [line for term in terms for line in _run("lines", term, around).splitlines()]


def _run(lookup: str, command: Any, around: Surroundings) -> str:
    folder = around.variables.get("playbook_dir") or None
    done = subprocess.run(  # noqa: S602  the lookup is documented to take a shell command of the playbook
        text_of(command),
        shell=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise TemplateError(
            _("lookup {lookup}: the command ended with {code}").format(lookup=lookup, code=done.returncode)
        )
    return done.stdout.decode("utf-8", "surrogateescape")


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "config": config,
    "env": env,
    "lines": lines,
    "pipe": pipe,
    "varnames": varnames,
    "vars": variables,
}
