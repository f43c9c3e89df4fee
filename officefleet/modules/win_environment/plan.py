"""What win_environment changes. `state` is {"values": [{"name", "value": text or None}]}."""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change


def wanted(args: dict[str, Any]) -> dict[str, str | None]:
    """Return {name: value}; None for what shall not be there, as Windows treats an empty value."""
    if args["variables"] is not None:
        return {name: value or None for name, value in args["variables"].items()}
    return {args["name"]: None if args["state"] == "absent" else args["value"] or None}


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found = {one["name"]: one["value"] for one in state["values"]}
    return [
        change("set", name, {name: found[name]}, {name: value}, level=args["level"], value=value)
        for name, value in wanted(args).items()
        if found[name] != value
    ]


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    found = {one["name"]: one["value"] for one in state["values"]}
    goal = wanted(args)
    values = {
        name: {"before": found[name], "after": goal[name], "changed": found[name] != goal[name]}
        for name in goal
    }
    if args["variables"] is not None:
        return {"values": values}
    return {"before_value": found[args["name"]], "value": goal[args["name"]] or "", "values": values}
