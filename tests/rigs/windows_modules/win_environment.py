from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    names = sorted(arguments["variables"]) if arguments["variables"] is not None else [arguments["name"]]
    held = {name.lower(): value for name, value in machine.environment.get(arguments["level"], {}).items()}
    return {"values": [{"name": name, "value": held.get(name.lower())} for name in names]}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "set":
        raise ModuleFailed(f"win_environment knows no {change['op']}")
    held = machine.environment.setdefault(change["level"], {})
    for name in [one for one in held if one.lower() == change["path"].lower()]:
        del held[name]
    if change["value"]:
        held[change["path"]] = change["value"]
    machine.journal.append(("win_environment", change["path"]))
