"""What win_hotfix changes. `state` is {"source": bool, "packages": [{"name", "state"}], "updates": [KB numbers]}.

A cumulative update's package does not carry its KB number, Win32_QuickFixEngineering has it; so both are looked at.
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, same

_THERE = ("Installed", "InstallPending", "Superseded")


def packages(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the packages that are meant, installed ones only."""
    kb = (args["hotfix_kb"] or "").lower()
    return [
        one
        for one in state["packages"]
        if one["state"] in _THERE
        and (same(one["name"], args["hotfix_identifier"]) or (kb and "_for_%s~" % kb in one["name"].lower()))
    ]


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name = args["hotfix_kb"] or args["hotfix_identifier"]
    found = packages(state, args)
    listed = any(same(one, args["hotfix_kb"]) for one in state["updates"]) if args["hotfix_kb"] else False
    there = bool(found) or listed
    before, after = {"installed": there}, {"installed": not there}
    if args["state"] == "present":
        if there:
            return []
        if not state["source"]:
            raise Failed("there is no file %s on the host" % args["source"])
        return [change("install", name, before, after, source=args["source"])]
    if there and not found:
        raise Failed("%s is part of a cumulative update: give its package's name as hotfix_identifier" % name)
    return (
        [change("uninstall", name, before, after, packages=[one["name"] for one in found])] if found else []
    )


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    found = packages(state, args)
    name = found[0]["name"] if found else args["hotfix_identifier"]
    pending = any(one["state"].endswith("Pending") for one in found)
    return {"kb": args["hotfix_kb"], "identifier": name, "reboot_required": pending}
