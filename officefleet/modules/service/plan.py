from __future__ import annotations

from officefleet.modules.systemd import plan as systemd

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def for_systemd(args: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of systemd that say the same."""
    return {
        "name": args["name"],
        "state": args["state"],
        "enabled": args["enabled"],
        "masked": None,
        "force": None,
        "scope": "system",
        "no_block": False,
        "daemon_reload": False,
        "daemon_reexec": False,
    }


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is systemd's, or {"manager": "sysv", "running", "enabled"}."""
    if state["manager"] == "systemd":
        return systemd.plan(state, for_systemd(args))
    return [*enable(state, args), *run(state, args)]


def enable(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = args["enabled"]
    if wanted is None or wanted == state["enabled"]:
        return []
    return [
        {
            "op": "update-rc.d",
            "path": args["name"],
            "word": "enable" if wanted else "disable",
            "before": {"enabled": state["enabled"]},
            "after": {"enabled": wanted},
        }
    ]


def run(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted, running = args["state"], state["running"]
    if wanted is None or (wanted == "started" and running) or (wanted == "stopped" and not running):
        return []
    words = {"started": ["start"], "stopped": ["stop"], "restarted": ["restart"], "reloaded": ["reload"]}[
        wanted
    ]
    if wanted in ("restarted", "reloaded") and not running:
        words = ["start"]
    elif wanted == "restarted" and args["sleep"]:
        words = ["stop", "start"]
    return [
        {
            "op": "init",
            "path": args["name"],
            "words": words,
            "sleep": args["sleep"] or 0,
            "arguments": args["arguments"],
            "before": {"state": "started" if running else "stopped"},
            "after": {"state": wanted},
        }
    ]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    if state["manager"] == "systemd":
        return systemd.result(state, for_systemd(args), changes)
    found = {"name": args["name"]}
    if args["enabled"] is not None:
        found["enabled"] = args["enabled"]
    if args["state"] is not None:
        found["state"] = {"restarted": "started", "reloaded": "started"}.get(args["state"], args["state"])
    return found
