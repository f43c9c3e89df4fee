"""What win_group changes. `state` is {"exists", "description"}."""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name, wanted = args["name"], args["description"]
    if args["state"] == "absent":
        return [change("remove", name, {"exists": True}, {"exists": False})] if state["exists"] else []
    if not state["exists"]:
        return [change("create", name, {"exists": False}, {"exists": True}, description=wanted or "")]
    if wanted is None or wanted == state["description"]:
        return []
    before = {"description": state["description"]}
    return [change("describe", name, before, {"description": wanted}, description=wanted)]
