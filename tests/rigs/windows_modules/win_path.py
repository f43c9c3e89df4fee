from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

KEYS = {
    "user": "HKCU\\Environment",
    "machine": "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment",
}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    found = machine.registry.value(KEYS[arguments["scope"]], arguments["name"])
    return {"value": found[1] if found else None}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "set":
        raise ModuleFailed(f"win_path knows no {change['op']}")
    machine.registry.set(KEYS[change["scope"]], change["path"], "expandstring", change["value"])
    machine.journal.append(("win_path", change["path"]))
