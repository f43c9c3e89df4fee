"""Jinja as officefleet uses it: undefined values that stay errors, variables looked up when they are named."""

from __future__ import annotations

from collections import ChainMap
from typing import Any

from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Context
from jinja2.utils import missing

from officefleet.errors import UndefinedVariableError


class Undefined(StrictUndefined):
    """An undefined value: its attributes are undefined too, any use of it is an error."""

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: object) -> Any:
        return self


class LazyContext(Context):
    """A context whose parent is a lazy mapping: nothing is copied, nothing is rendered before it is named."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, rendered only now, or jinja2's `missing`."""
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return self.environment.globals.get(key, missing)
        except UndefinedVariableError as error:
            # a variable that leads to an undefined one is undefined itself: `default` and `is defined` may ask
            return self.environment.undefined(error.message, name=key)

    def get_all(self) -> dict[str, Any]:
        """Return all names as one lazy mapping."""
        return ChainMap(self.vars, self.parent)  # type: ignore[return-value]


def environment_for_texts() -> Environment:
    """Return the jinja2 environment of every text and file."""
    environment = Environment(  # noqa: S701  the output is configuration files and arguments, not HTML
        undefined=Undefined,
        keep_trailing_newline=True,
        trim_blocks=True,  # as Ansible's, in every text
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        finalize=_none_is_empty,
    )
    environment.context_class = LazyContext
    return environment


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value
