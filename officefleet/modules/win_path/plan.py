"""What win_path changes. `state` is {"value": unexpanded text or None, "type": of the registry}."""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change


def key(element: str) -> str:
    """Return what two spellings of one folder have in common."""
    text = element.strip().strip('"').replace("/", "\\")
    return (text.rstrip("\\") or text).casefold()


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    old = state["value"] or ""
    found = [one for one in old.split(";") if one.strip()]
    named: dict[str, str] = {}
    for one in args["elements"]:
        named.setdefault(key(one), one)
    if args["state"] == "present":
        there = {key(one) for one in found}
        new = found + [one for spelling, one in named.items() if spelling not in there]
    else:
        new = [one for one in found if key(one) not in named]
    if new == found:
        return []
    value = ";".join(new)
    more = {"scope": args["scope"], "value": value}
    return [change("set", args["name"], {args["name"]: old}, {args["name"]: value}, **more)]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"path_value": changes[0]["value"] if changes else state["value"] or ""}
