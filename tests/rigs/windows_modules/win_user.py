from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

TEXTS = ("fullname", "description", "home_directory", "login_script", "profile")


def group_sid(name: str, machine: WindowsMachine) -> str | None:
    english = {"administrators": "S-1-5-32-544", "users": "S-1-5-32-545", "guests": "S-1-5-32-546",
               "remote desktop users": "S-1-5-32-555"}  # fmt: skip
    if name.upper() in machine.groups:
        return name.upper()
    for sid, group in machine.groups.items():
        if group["name"].lower() == name.lower():
            return sid
    found = english.get(name.lower())
    return found if found in machine.groups else None


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    asked = [{"name": name, "sid": group_sid(name, machine)} for name in arguments["groups"] or ()]
    user = machine.users.get(arguments["name"].lower())
    if user is None:
        return {"exists": False, "asked": asked}
    wanted = arguments["password"]
    member_of = [
        {"sid": sid, "name": group["name"]}
        for sid, group in machine.groups.items()
        if user["sid"] in group["members"]
    ]
    return {
        "exists": True,
        "asked": asked,
        **{name: user.get(name, "") for name in TEXTS},
        "flags": user.get("flags", 0x201),
        "password_expired": user.get("password_expired", False),
        "password_fits": wanted is not None and user.get("password") == wanted,
        "locked": user.get("locked", False),
        "sid": user["sid"],
        "member_of": member_of,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op, low = change["op"], change["path"].lower()
    if op == "create":
        number = 1001 + len(machine.users)
        machine.users[low] = {
            "name": change["path"], "sid": f"{machine.computer_sid}-{number}", "password": change["password"],
        }  # fmt: skip
    elif op == "password":
        machine.users[low]["password"] = change["password"]
    elif op == "set":
        machine.users[low].update(change["set"])
        if change["unlock"]:
            machine.users[low]["locked"] = False
    elif op == "join":
        machine.groups[change["sid"]]["members"].append(machine.users[low]["sid"])
    elif op == "leave":
        machine.groups[change["sid"]]["members"].remove(machine.users[low]["sid"])
    elif op == "remove":
        gone = machine.users.pop(low)["sid"]
        for group in machine.groups.values():
            group["members"] = [sid for sid in group["members"] if sid != gone]
    else:
        raise ModuleFailed(f"win_user knows no {op}")
    machine.journal.append(("win_user", (op, change["path"])))
