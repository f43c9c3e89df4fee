from __future__ import annotations

import struct
from typing import Any

from windows_host import ModuleFailed, WindowsMachine

SIDS = {
    "system": "S-1-5-18",
    "localsystem": "S-1-5-18",
    "nt authority\\system": "S-1-5-18",
    "nt authority\\localservice": "S-1-5-19",
    "nt authority\\networkservice": "S-1-5-20",
}
KINDS = ("none", "restart", "reboot", "run_command")
EMPTY: dict[str, Any] = {
    "display_name": None,
    "description": "",
    "start_mode": None,
    "path": None,
    "username": None,
    "can_pause_and_continue": False,
    "desktop_interact": False,
    "error_control": None,
    "service_type": None,
    "sid_info": "none",
    "load_order_group": "",
    "dependencies": [],
    "required_privileges": [],
    "pre_shutdown_timeout_ms": None,
    "failure_bytes": [],
    "failure_command": "",
    "failure_reboot_msg": "",
    "failure_actions_on_non_crash_failure": False,
    "depended_by": [],
}


def sid_of(account: str | None, machine: WindowsMachine) -> str | None:
    low = (account or "").lower()
    if low in SIDS:
        return SIDS[low]
    found = machine.users.get(low.removeprefix(".\\"))
    return str(found["sid"]) if found else None


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    service = machine.services.get(arguments["name"].lower())
    wanted = sid_of(arguments["username"], machine) if arguments["username"] else "S-1-5-18"
    if service is None:
        return {"exists": False, "state": None, "wanted_sid": wanted, "username_sid": None, **EMPTY}
    usual = {"error_control": "normal", "service_type": "win32_own_process", "username": "LocalSystem"}
    known = {name: service.get(name, usual.get(name, empty)) for name, empty in EMPTY.items()}
    known["username_sid"] = sid_of(known["username"], machine)
    return {"exists": True, "state": service["state"], "wanted_sid": wanted, **known}


def stored(period: int, actions: list[dict[str, Any]]) -> list[int]:
    header = struct.pack("<5I", period, 0, 0, len(actions), 20)
    pairs = [struct.pack("<2I", KINDS.index(one["type"]), one["delay_ms"]) for one in actions]
    return list(header + b"".join(pairs))


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op = change["op"]
    name = change["path_name"].lower() if op == "create" else change["path"].lower()
    if op == "create":
        fields = ("display_name", "service_type", "error_control", "start_mode", "username")
        machine.services[name] = {
            "name": change["path_name"], "state": "stopped", "path": change["binary"],
            **{field: change[field] for field in fields},
        }  # fmt: skip
    elif op == "remove":
        del machine.services[name]
    elif op == "configure":
        machine.services[name].update(change["set"])
    elif op == "failure":
        setting = dict(change["set"])
        if setting.pop("failure_actions", None) is not None or "failure_reset_period_sec" in setting:
            machine.services[name]["failure_bytes"] = stored(
                setting.pop("failure_reset_period_sec", change["failure_reset_period_sec"]),
                change["failure_actions"],
            )
        machine.services[name].update(setting)
    elif op == "control":
        after = {"stop": "stopped", "pause": "paused"}.get(change["verb"], "running")
        if machine.services[name].get("start_mode") == "disabled" and after == "running":
            raise ModuleFailed(f"the service {name} is disabled")
        machine.services[name]["state"] = after
    else:
        raise ModuleFailed(f"win_service knows no {op}")
    machine.journal.append(("win_service", (op, name)))
