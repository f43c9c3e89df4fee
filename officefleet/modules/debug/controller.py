"""What debug does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import UndefinedVariableError

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.debug.spec import DebugArgs


def act(args: DebugArgs, controller: Controller) -> dict[str, Any]:
    """Return {"msg": ...} or {the variable's name: its value}."""
    if args.verbosity > int(controller.variables.get("ansible_verbosity", 0)):
        return {"changed": False, "skipped": True, "skipped_reason": "Verbosity threshold not met."}
    if args.var is None:
        if args.msg is None:  # a template that gives none is an empty text, as in Ansible
            return {"changed": False, "msg": "" if "msg" in args.model_fields_set else "Hello world!"}
        return {"changed": False, "msg": args.msg}
    if not isinstance(args.var, str):
        return {"changed": False, str(type(args.var)): args.var}
    return {"changed": False, args.var: _value(args.var, controller)}


def _value(name: str, controller: Controller) -> Any:
    try:
        return controller.render("{{" + name + "}}")
    except UndefinedVariableError as error:
        verbose = int(controller.variables.get("ansible_verbosity", 0)) > 0
        return "VARIABLE IS NOT DEFINED!" + (f": {error.message}" if verbose else "")
