"""What win_feature changes. `state` is {"server", "features": [{"name", "display_name", "installed": bool or None, "missing"}]}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if not state["server"]:
        raise Failed("win_feature is for Windows Server; a workstation's features are win_optional_feature's")
    for one in state["features"]:
        if one["installed"] is None:
            raise Failed("the host has no feature %s" % one["name"])
    if args["state"] == "present":
        more = {
            "source": args["source"],
            "all": args["include_sub_features"],
            "tools": args["include_management_tools"],
        }
        return [
            change("install", one["name"], {one["name"]: one["installed"]}, {one["name"]: True}, **more)
            for one in state["features"]
            if not one["installed"] or (args["include_sub_features"] and one["missing"])
        ]
    tools = args["include_management_tools"]
    return [
        change("uninstall", one["name"], {one["name"]: True}, {one["name"]: False}, tools=tools)
        for one in state["features"]
        if one["installed"]
    ]


def result(_state: dict[str, Any], _args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"success": True, "exitcode": "Success" if changes else "NoChangeNeeded", "reboot_required": False,
            "feature_result": []}  # fmt: skip
