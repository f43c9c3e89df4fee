"""What win_hostname changes. `state` is {"active": the name now, "pending": the name after a restart}."""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change, same


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if same(state["pending"], args["name"]):
        return []
    return [change("rename", args["name"], {"hostname": state["pending"]}, {"hostname": args["name"]})]


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"old_name": state["active"], "reboot_required": not same(state["active"], args["name"])}
