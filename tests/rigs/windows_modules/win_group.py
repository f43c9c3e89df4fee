from __future__ import annotations

from typing import Any

from win_user import group_sid
from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    sid = group_sid(arguments["name"], machine)
    if sid is None:
        return {"exists": False, "description": None}
    return {"exists": True, "description": machine.groups[sid].get("description", "")}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op, name = change["op"], change["path"]
    sid = group_sid(name, machine)
    if op == "create":
        new = f"{machine.computer_sid}-{2000 + len(machine.groups)}"
        machine.groups[new] = {"name": name, "sid": new, "members": [], "description": change["description"]}
    elif op == "describe" and sid:
        machine.groups[sid]["description"] = change["description"]
    elif op == "remove" and sid:
        del machine.groups[sid]
    else:
        raise ModuleFailed(f"win_group cannot {op} {name}")
    machine.journal.append(("win_group", (op, name)))
