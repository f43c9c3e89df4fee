"""What win_service_info tells. `state` is {"services": [what CIM and the registry say]}; types and modes are numbers."""

from __future__ import annotations

from typing import Any

from officefleet.modules.win_service.plan import failure_actions

_START = {0: "boot", 1: "system", 2: "auto", 3: "manual", 4: "disabled"}
_ERROR = {0: "ignore", 1: "normal", 2: "severe", 3: "critical"}
_SID = {0: "none", 1: "unrestricted", 3: "restricted"}
_TYPE = {
    1: "kernel_driver",
    2: "file_system_driver",
    16: "win32_own_process",
    32: "win32_share_process",
    80: "user_own_process",
    96: "user_share_process",
}
_INTERACTIVE = 0x100  # SERVICE_INTERACTIVE_PROCESS
_INSTANCE = 0x80  # SERVICE_USERSERVICE_INSTANCE


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], _args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"exists": bool(state["services"]), "services": [shown(one) for one in state["services"]]}


def shown(service: dict[str, Any]) -> dict[str, Any]:
    """Return one service with words for Windows' numbers."""
    actions, period = failure_actions(service["failure_bytes"])
    mode = _START.get(service["start"], "unknown")
    kind = service["type"] & ~_INTERACTIVE & ~_INSTANCE
    return {
        "name": service["name"],
        "display_name": service["display_name"],
        "description": service["description"],
        "state": service["state"],
        "start_mode": "delayed" if mode == "auto" and service["delayed"] else mode,
        "path": service["path"],
        "username": service["username"],
        "process_id": service["process_id"],
        "desktop_interact": bool(service["type"] & _INTERACTIVE),
        "error_control": _ERROR.get(service["error_control"], "unknown"),
        "service_type": _TYPE.get(kind, "unknown"),
        "sid_info": _SID.get(service["sid_type"], "none"),
        "load_order_group": service["load_order_group"],
        "dependencies": service["dependencies"],
        "dependency_of": service["dependency_of"],
        "required_privileges": service["required_privileges"],
        "pre_shutdown_timeout_ms": service["pre_shutdown_timeout_ms"],
        "failure_actions": actions,
        "failure_reset_period_sec": period,
        "failure_command": service["failure_command"],
        "failure_reboot_msg": service["failure_reboot_msg"],
        "failure_actions_on_non_crash_failure": service["failure_flag"],
    }
