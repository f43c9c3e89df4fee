from __future__ import annotations

from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_RUNNING = ("active", "activating", "reloading")
# a unit file in one of these states is neither enabled nor disabled by systemctl
_FIXED = ("static", "alias", "indirect", "generated", "transient")
_ENABLED = ("enabled", "enabled-runtime", "linked", "linked-runtime")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"status": properties of ``systemctl show``, "unit_file_state"}; {} without a name."""
    if args["name"] is None:
        return []
    return [*mask(state, args), *enable(state, args), *run(state, args)]


def change(args: dict[str, Any], verb: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    options = ["--force"] if args["force"] and verb in ("enable", "disable", "mask", "unmask") else []
    options += ["--no-block"] if args["no_block"] and verb in ("start", "stop", "restart", "reload") else []
    return {
        "op": "systemctl",
        "path": args["name"],
        "words": [*options, verb, args["name"]],
        "scope": args["scope"],
        "before": before,
        "after": after,
    }


def is_masked(state: dict[str, Any]) -> bool:
    return "masked" in state["unit_file_state"] or state["status"].get("LoadState") == "masked"


def mask(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    now, wanted = is_masked(state), args["masked"]
    if wanted is None or wanted == now:
        return []
    return [change(args, "mask" if wanted else "unmask", {"masked": now}, {"masked": wanted})]


def is_enabled(state: dict[str, Any]) -> bool:
    return state["unit_file_state"] in _ENABLED


def enable(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    now, wanted = is_enabled(state), args["enabled"]
    if wanted is None or wanted == now or state["unit_file_state"] in _FIXED:
        return []
    if wanted and is_masked(state) and args["masked"] is not False:
        raise Failed("Unable to enable service %s: it is masked" % args["name"])
    return [change(args, "enable" if wanted else "disable", {"enabled": now}, {"enabled": wanted})]


def run(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = args["state"]
    if wanted is None:
        return []
    active = state["status"].get("ActiveState", "unknown")
    if active == "unknown":
        raise Failed("Service %s cannot be %s: systemd does not run on this host" % (args["name"], wanted))
    running = active in _RUNNING
    verb = {
        "started": None if running else "start",
        "stopped": "stop" if running or active == "deactivating" else None,
        "restarted": "restart",
        "reloaded": "reload" if running else "start",
    }[wanted]
    if verb is None:
        return []
    if verb in ("start", "restart") and is_masked(state) and args["masked"] is not False:
        raise Failed("Unable to start service %s: it is masked" % args["name"])
    return [change(args, verb, {"state": active}, {"state": wanted})]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": args["name"], "status": state.get("status", {})}
    if args["enabled"] is not None:
        found["enabled"] = is_enabled(state) if state["unit_file_state"] in _FIXED else args["enabled"]
    if args["state"] is not None:
        found["state"] = {"restarted": "started", "reloaded": "started"}.get(args["state"], args["state"])
    return found
