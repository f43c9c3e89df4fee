"""What win_optional_feature changes. `state` is {"features": [{"name", "state": DISM's word or None}]}.

The words: https://learn.microsoft.com/windows-hardware/manufacture/desktop/dism/dismpackagefeaturestate-enumeration
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change

_ON = ("Enabled", "EnablePending")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = args["state"] == "present"
    changes = []
    for one in state["features"]:
        name = one["name"]
        if one["state"] is None:
            raise Failed("the host has no optional feature %s" % name)
        if (one["state"] in _ON) == wanted:
            continue
        before, after = {name: one["state"]}, {name: "Enabled" if wanted else "Disabled"}
        if wanted:
            more = {"source": args["source"], "include_parent": args["include_parent"]}
            changes.append(change("enable", name, before, after, **more))
        else:
            changes.append(change("disable", name, before, after))
    return changes


def result(state: dict[str, Any], _args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A feature that is pending waits for a restart; what this run's changes need, the host tells."""
    return {"reboot_required": any((one["state"] or "").endswith("Pending") for one in state["features"])}
