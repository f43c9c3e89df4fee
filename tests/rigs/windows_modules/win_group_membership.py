from __future__ import annotations

from typing import Any

from win_user import group_sid
from windows_host import ModuleFailed, WindowsMachine


def sid_of(name: str, machine: WindowsMachine) -> str | None:
    if name.upper().startswith("S-1-"):
        return name.upper()
    user = machine.users.get(name.lower().removeprefix(".\\"))
    return user["sid"] if user else group_sid(name, machine)


def name_of(sid: str, machine: WindowsMachine) -> str:
    for user in machine.users.values():
        if user["sid"] == sid:
            return f"{machine.hostname}\\{user['name']}"
    return sid


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    asked = [{"name": name, "sid": sid_of(name, machine)} for name in arguments["members"]]
    sid = group_sid(arguments["name"], machine)
    if sid is None:
        return {"sid": None, "members": [], "asked": asked}
    found = sorted(machine.groups[sid]["members"])
    return {
        "sid": sid,
        "members": [{"sid": one, "name": name_of(one, machine)} for one in found],
        "asked": asked,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    members = machine.groups[change["group"]]["members"]
    if change["op"] == "join":
        members.append(change["sid"])
    elif change["op"] == "leave":
        members.remove(change["sid"])
    else:
        raise ModuleFailed(f"win_group_membership knows no {change['op']}")
    machine.journal.append(("win_group_membership", (change["op"], change["group"], change["sid"])))
