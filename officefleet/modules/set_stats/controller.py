"""What set_stats does on the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.set_stats.spec import SetStatsArgs


def act(args: SetStatsArgs, controller: Controller) -> dict[str, Any]:
    """Return {"ansible_stats": {"data", "per_host", "aggregate"}}."""
    stats = {"data": args.data, "per_host": args.per_host, "aggregate": args.aggregate}
    return {"changed": False, "ansible_stats": stats}
