"""Filters over any value: bool, ternary, mandatory, type_debug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Undefined

from officefleet.errors import UndefinedVariableError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, fail_undefined, kind_of
from officefleet.source.yaml import MarkedStr

TRUE_WORDS: Final = ("yes", "on", "1", "true")


def boolean(value: Any) -> bool | None:
    """Return true for yes, on, 1 and true in any case; none for none; false for all else."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() in TRUE_WORDS
    return bool(value == 1)


def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    """Return the first value if the input is true, else the second; a third one for none."""
    if isinstance(value, Undefined):
        fail_undefined(value)
    if value is None and none_val is not None:
        return none_val
    return true_val if bool(value) else false_val


def mandatory(value: Any, msg: str | None = None) -> Any:
    """Return the value; an undefined one is an error with `msg`."""
    if not isinstance(value, Undefined):
        return value
    if msg is not None:
        raise UndefinedVariableError(str(msg))
    name = value._undefined_name  # noqa: SLF001  the only place that knows it
    if isinstance(name, str):
        # Both blanks: ansible-core has them, and playbooks compare the text in a rescue.
        raise UndefinedVariableError(_("Mandatory variable '{name}'  not defined.").format(name=name))
    raise UndefinedVariableError(_("Mandatory variable not defined."))


def type_debug(value: Any) -> str:
    """Return the name of a value's type; texts that people wrote have Ansible's name for them."""
    if isinstance(value, Undefined):
        return "AnsibleUndefined"
    if isinstance(value, MarkedStr):
        return "AnsibleUnicode" if getattr(value, "trusted", True) else "AnsibleUnsafeText"
    return "dict" if isinstance(value, Mapping) else kind_of(value)


# These look at undefined values themselves: they are not guarded.
TOLERANT: Final[Plugins] = {"mandatory": mandatory, "ternary": ternary, "type_debug": type_debug}

FILTERS: Final[Plugins] = {"bool": boolean}
