from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if "Server" not in machine.edition:
        return {"server": False, "features": []}
    found = []
    for name in arguments["name"]:
        one = machine.features.get(name)
        installed = None if one is None else bool(one["installed"])
        found.append(
            {"name": name, "display_name": name if one else None, "installed": installed, "missing": 0}
        )
    return {"server": True, "features": found}


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] not in ("install", "uninstall"):
        raise ModuleFailed(f"win_feature knows no {change['op']}")
    machine.features[change["path"]]["installed"] = change["op"] == "install"
    machine.journal.append(("win_feature", (change["op"], change["path"])))
    return {"reboot_required": False, "exitcode": "Success", "feature_result": []}
