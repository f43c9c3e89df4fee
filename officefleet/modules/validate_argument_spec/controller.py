"""What validate_argument_spec does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.modules.validate_argument_spec.checking import problems

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.validate_argument_spec.spec import ValidateArgumentSpecArgs


def act(args: ValidateArgumentSpecArgs, controller: Controller) -> dict[str, Any]:
    """Return success, or a failure that lists in ``argument_errors`` all that is wrong.

    Raises:
        TemplateError: a variable cannot be rendered.

    """
    variables = controller.variables
    values = {name: variables[name] for name in args.argument_spec if name in variables}
    found = problems(args.argument_spec, {**values, **args.provided_arguments})
    told = {"changed": False, "validate_args_context": args.validate_args_context}
    if not found:
        return {**told, "msg": "The arg spec validation passed"}
    return {
        **told,
        "failed": True,
        "msg": "Validation of arguments failed:\n" + "\n".join(found),
        "argument_errors": found,
        "argument_spec_data": args.argument_spec,
    }
