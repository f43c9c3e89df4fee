"""What assert does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller

    from .spec import AssertArgs  # relative: this folder's name is a keyword


def act(args: AssertArgs, controller: Controller) -> dict[str, Any]:
    """Return success, or a failure that names the first condition that does not hold.

    Raises:
        TemplateError: a condition cannot be evaluated.

    """
    for condition in args.that:
        if not controller.evaluate(condition):
            return {
                "changed": False,
                "failed": True,
                "evaluated_to": False,
                "assertion": condition,
                "msg": "Assertion failed" if args.fail_msg is None else args.fail_msg,
            }
    return {
        "changed": False,
        "msg": "All assertions passed" if args.success_msg is None else args.success_msg,
    }
