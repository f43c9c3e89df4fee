"""What set_fact does on the controller."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.set_fact.spec import SetFactArgs

_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


def act(args: SetFactArgs, controller: Controller) -> dict[str, Any]:
    """Return {"ansible_facts": {name: value}}.

    The words true, false, yes and no become booleans, as Ansible makes them here.

    Raises:
        ArgumentError: a name is no variable name.

    """
    facts: dict[str, Any] = {}
    for name, value in args.variables.items():
        check_name(name)
        facts[name] = _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value
    return {"changed": False, "ansible_facts": facts}


def check_name(name: str) -> None:
    """Refuse what cannot be a variable's name.

    Raises:
        ArgumentError: `name` is no identifier or a reserved word.

    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise ArgumentError(
            _("{name} is not a valid variable name").format(name=repr(name)),
            hint=_("use letters, digits and underscores, and begin with a letter or an underscore"),
        )
