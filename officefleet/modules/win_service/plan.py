"""What win_service changes. `state` is what CIM and the registry say of the service; see `_KNOWN`.

How FailureActions is stored: the structure SERVICE_FAILURE_ACTIONS with offsets for pointers, then pairs of type and
delay, https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actionsa.
"""

from __future__ import annotations

import struct
from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, differing, same

_ACTIONS = ("none", "restart", "reboot", "run_command")  # SC_ACTION_TYPE
_HEADER = struct.Struct("<5I")
_CONFIG = ("display_name", "path", "service_type", "error_control", "start_mode", "load_order_group", "description",
           "desktop_interact", "sid_info", "required_privileges", "pre_shutdown_timeout_ms")  # fmt: skip
_FAILURE = ("failure_command", "failure_reboot_msg", "failure_actions_on_non_crash_failure")
_DEFAULTS = {"start_mode": "auto", "username": "LocalSystem", "service_type": "win32_own_process",
             "error_control": "normal"}  # fmt: skip


def failure_actions(stored: list[int] | None) -> tuple[list[dict[str, Any]], int]:
    """Return ([{"type", "delay_ms"}], seconds until the count starts anew) of the stored bytes."""
    data = bytes(stored or [])
    if len(data) < _HEADER.size:
        return [], 0
    period, _message, _command, count, _offset = _HEADER.unpack_from(data)
    pairs = list(struct.iter_unpack("<2I", data[_HEADER.size : _HEADER.size + 8 * count])) if count else []
    return [
        {"type": _ACTIONS[kind] if kind < len(_ACTIONS) else "none", "delay_ms": delay}
        for kind, delay in pairs
    ], period


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["state"] == "absent":
        return _absent(state, args)
    if not state["exists"]:
        if only_asks(args):
            return []
        return _create(state, args)
    return [*_configure(state, args), *_run(state, args)]


def only_asks(args: dict[str, Any]) -> bool:
    """Return whether a task only wants to be told about the service."""
    silent = {"name", "dependency_action", "desktop_interact", "force_dependent_services", "update_password"}
    return not args["desktop_interact"] and all(
        value is None for name, value in args.items() if name not in silent
    )


def _absent(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if not state["exists"]:
        return []
    name = args["name"]
    changes = []
    if state["state"] != "stopped":
        changes.append(_operation("stop", state, args, "stopped"))
    return [*changes, change("remove", name, {"exists": True}, {"exists": False})]


def _create(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["path"] is None:
        raise Failed("there is no service %s, and a new one needs a path" % args["name"], exists=False)
    asked = {name: _DEFAULTS[name] if args[name] is None else args[name] for name in _DEFAULTS}
    after = {"path": args["path"], "display_name": args["display_name"] or args["name"], **asked}
    host = {name: value for name, value in after.items() if name != "path"}
    more = {**host, "path_name": args["name"], "binary": args["path"], "password": args["password"]}
    made = change("create", args["name"], {"exists": False}, after, **more)
    fresh = dict(state, exists=True, state="stopped", username_sid=state["wanted_sid"], **after)
    return [made, *_configure(fresh, dict(args, password=None)), *_run(fresh, args)]


def _configure(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {name: args[name] for name in _CONFIG}
    wanted["dependencies"] = _dependencies(state["dependencies"], args)
    setting = differing(state, wanted)
    if args["required_privileges"] is not None and set(args["required_privileges"]) == set(
        state["required_privileges"]
    ):
        setting.pop("required_privileges", None)
    account: dict[str, Any] = {}
    if args["username"] is not None and state["wanted_sid"] is None:
        raise Failed("there is no account %s" % args["username"])
    if args["username"] is not None and state["wanted_sid"] != state["username_sid"]:
        setting["username"] = args["username"]
        account = {"password": args["password"]}
    elif args["password"] is not None and args["update_password"] == "always":  # noqa: S105  a mode, no password
        account = {"password": args["password"]}
    changes = []
    if setting or account:
        before = {name: state.get(name) for name in setting}
        more = {"set": setting, "type": setting.get("service_type", state["service_type"]), **account}
        changes.append(change("configure", args["name"], before, dict(setting), **more))
    return changes + _on_failure(state, args)


def _dependencies(found: list[str], args: dict[str, Any]) -> list[str] | None:
    """Return the wanted dependencies, or None where they are so already."""
    named = args["dependencies"]
    if named is None:
        return None
    if args["dependency_action"] == "add":
        wanted = found + [one for one in named if not any(same(one, other) for other in found)]
    elif args["dependency_action"] == "remove":
        wanted = [one for one in found if not any(same(one, other) for other in named)]
    else:
        wanted = list(named)
    equal = {one.casefold() for one in wanted} == {one.casefold() for one in found}
    return None if equal else wanted


def _on_failure(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    actions, period = failure_actions(state["failure_bytes"])
    found = {"failure_actions": actions, "failure_reset_period_sec": period}
    wanted = {name: args[name] for name in found}
    if args["failure_reset_period_sec"] is not None and not (
        actions if args["failure_actions"] is None else args["failure_actions"]
    ):
        raise Failed("failure_reset_period_sec needs at least one failure action")
    setting = differing({**state, **found}, {**wanted, **{name: args[name] for name in _FAILURE}})
    if not setting:
        return []
    more = {name: setting.get(name, found.get(name)) for name in found}
    before = {name: {**state, **found}.get(name) for name in setting}
    return [change("failure", args["name"], before, dict(setting), set=setting, **more)]


def _operation(verb: str, state: dict[str, Any], args: dict[str, Any], after: str) -> dict[str, Any]:
    more = {"verb": verb, "force": args["force_dependent_services"]}
    return change("control", args["name"], {"state": state["state"]}, {"state": after}, **more)


def _run(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found, wanted = state["state"], args["state"]
    if wanted == "started" and found == "paused":
        return [_operation("resume", state, args, "running")]
    if wanted == "started" and found != "running":
        return [_operation("start", state, args, "running")]
    if wanted == "stopped" and found != "stopped":
        return [_operation("stop", state, args, "stopped")]
    if wanted == "restarted":
        return [_operation("start" if found == "stopped" else "restart", state, args, "running")]
    if wanted == "paused" and found != "paused":
        if found != "running" or not state["can_pause_and_continue"]:
            raise Failed("the service %s cannot be paused: it must run and support it" % args["name"])
        return [_operation("pause", state, args, "paused")]
    return []


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    ops = {one["op"] for one in changes}
    if "remove" in ops or not (state["exists"] or "create" in ops):
        return {"exists": False}
    known = dict(state)
    for one in changes:
        known.update(one["after"])
    shown = ("display_name", "description", "state", "start_mode", "path", "username", "can_pause_and_continue",
             "desktop_interact", "dependencies", "depended_by")  # fmt: skip
    found = {name: known.get(name) for name in shown}
    return {"exists": True, "name": args["name"], **found, "state": found["state"] or "stopped"}
