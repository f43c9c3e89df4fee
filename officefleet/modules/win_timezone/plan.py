"""What win_timezone changes. `state` is {"zone": what is set, "known": whether the host knows the wanted one}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, same


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = args["timezone"]
    if not state["known"]:
        raise Failed(
            "the host knows no time zone %s; Windows' names are needed, such as Romance Standard Time"
            % wanted
        )
    if same(state["zone"], wanted):
        return []
    return [change("set", wanted, {"timezone": state["zone"]}, {"timezone": wanted})]


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"previous_timezone": state["zone"], "timezone": args["timezone"]}
