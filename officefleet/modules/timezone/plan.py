from __future__ import annotations

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"zone": what /etc/localtime is, "named": text of /etc/timezone or None, "hwclock"}."""
    changes = []
    name, clock = args["name"], args["hwclock"]
    if name is not None and state["zone"] != name:
        changes.append(
            {
                "op": "zone",
                "path": "/etc/localtime",
                "name": name,
                "before": {"name": state["zone"]},
                "after": {"name": name},
            }
        )
    if name is not None and state["named"] not in (None, name):
        changes.append(
            {
                "op": "name",
                "path": "/etc/timezone",
                "name": name,
                "before": {"name": state["zone"]},
                "after": {"name": name},
            }
        )
    if clock is not None and state["hwclock"] != clock:
        changes.append(
            {
                "op": "clock",
                "path": "/etc/adjtime",
                "mode": clock,
                "before": {"hwclock": state["hwclock"]},
                "after": {"hwclock": clock},
            }
        )
    return changes
