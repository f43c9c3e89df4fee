"""What win_power_plan changes. `state` is {"plans": [{"guid", "name", "active"}]}.

The GUIDs of Windows' own plans: https://learn.microsoft.com/windows/win32/power/power-policy-settings (GUID_MIN_POWER_SAVINGS
is high performance).
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, same

_OWN = {
    "balanced": "381b4222-f694-41f0-9685-ff5bb260df2e",
    "high performance": "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c",
    "power saver": "a1841308-3541-4fab-bc81-f71556f20b4a",
    "ultimate performance": "e9a42b02-d5df-448d-aa00-03f14749eb61",
}


def chosen(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that a task names.

    Raises:
        Failed: the host does not have it.

    """
    wanted = args["guid"] or _OWN.get(args["name"].lower())
    for one in state["plans"]:
        if same(one["guid"], wanted) or (args["name"] is not None and same(one["name"], args["name"])):
            return dict(one)
    raise Failed("the host has no power plan %s" % (args["guid"] or args["name"]))


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    goal = chosen(state, args)
    if goal["active"]:
        return []
    before = {"power_plan": next((one["name"] for one in state["plans"] if one["active"]), None)}
    return [change("activate", goal["guid"], before, {"power_plan": goal["name"]})]


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    goal = chosen(state, args)
    return {
        "power_plan_name": args["name"] or goal["name"],
        "power_plan_enabled": True,
        "all_available_plans": {one["name"]: one["guid"] == goal["guid"] for one in state["plans"]},
    }
