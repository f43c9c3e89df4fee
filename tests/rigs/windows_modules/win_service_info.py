from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine

START = {"boot": 0, "system": 1, "auto": 2, "delayed": 2, "manual": 3, "disabled": 4}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    wanted = (arguments["name"] or "*").lower()
    found = [one for name, one in sorted(machine.services.items()) if fnmatch(name, wanted)]
    return {"services": [told(one) for one in found]}


def told(service: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": service["name"],
        "display_name": service.get("display_name", service["name"]),
        "description": service.get("description", ""),
        "state": {"running": "started"}.get(service["state"], service["state"]),
        "start": START[service["start_mode"]],
        "delayed": service["start_mode"] == "delayed",
        "path": service.get("path", ""),
        "username": service.get("username", "LocalSystem"),
        "process_id": 1234 if service["state"] == "running" else 0,
        "type": 16,
        "error_control": 1,
        "sid_type": 0,
        "load_order_group": "",
        "dependencies": service.get("dependencies", []),
        "dependency_of": [],
        "required_privileges": [],
        "pre_shutdown_timeout_ms": None,
        "failure_bytes": service.get("failure_bytes", []),
        "failure_command": "",
        "failure_reboot_msg": "",
        "failure_flag": False,
    }
