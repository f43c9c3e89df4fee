"""What win_firewall changes. `state` is {"profiles": [{"name", "enabled", "inbound", "outbound"}]}, with CIM's numbers.

https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/msft-netfirewallprofile
"""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change, differing

_ACTIONS = {0: "not_configured", 2: "allow", 4: "block"}
_ENABLED = {0: "disabled", 1: "enabled", 2: "not_configured"}


def known(profile: dict[str, Any]) -> dict[str, Any]:
    """Return a profile's settings in Ansible's words."""
    return {
        "state": _ENABLED.get(profile["enabled"]),
        "inbound_action": _ACTIONS.get(profile["inbound"]),
        "outbound_action": _ACTIONS.get(profile["outbound"]),
    }


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    changes = []
    wanted = {name: args[name] for name in ("state", "inbound_action", "outbound_action")}
    for profile in state["profiles"]:
        name = profile["name"]
        setting = differing(known(profile), wanted) if name in args["profiles"] else {}
        if setting:
            before = {"%s %s" % (name, one): known(profile)[one] for one in setting}
            after = {"%s %s" % (name, one): value for one, value in setting.items()}
            changes.append(change("set", name, before, after, set=setting))
    return changes


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    named = [one for one in state["profiles"] if one["name"] in args["profiles"]]
    enabled = all(known(one)["state"] == "enabled" for one in named)
    if args["state"] is not None:
        enabled = args["state"] == "enabled"
    return {"enabled": enabled, "profiles": args["profiles"], "state": args["state"]}
