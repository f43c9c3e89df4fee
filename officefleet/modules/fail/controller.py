"""What fail does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.fail.spec import FailArgs


def act(args: FailArgs, controller: Controller) -> dict[str, Any]:
    """Return a failure."""
    return {"changed": False, "failed": True, "msg": args.msg}
