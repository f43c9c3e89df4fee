from __future__ import annotations

import re
from typing import Any

from win_service import sid_of as service_sid
from win_user import group_sid
from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    folder = "\\" + arguments["path"].replace("/", "\\").strip("\\")
    name = folder.rstrip("\\") + "\\" + arguments["name"]
    task = machine.tasks.get(name.lower())
    accounts = [
        arguments["username"],
        arguments["group"],
        *(one["user_id"] for one in arguments["triggers"] or ()),
    ]
    if task:
        accounts += re.findall(r"<(?:User|Group)Id>([^<]+)<", task["xml"])
    sids = {one: sid_of(one, machine) for one in accounts if one}
    return {"xml": task["xml"] if task else None, "sids": sids}


def sid_of(account: str, machine: WindowsMachine) -> str | None:
    return (
        account
        if account.startswith("S-1-")
        else service_sid(account, machine) or group_sid(account, machine)
    )


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    low = change["path"].lower()
    if change["op"] == "register":
        machine.tasks[low] = {"xml": change["xml"], "password": change["password"], "logon": change["logon"]}
    elif change["op"] == "remove":
        del machine.tasks[low]
    else:
        raise ModuleFailed(f"win_scheduled_task knows no {change['op']}")
    machine.journal.append(("win_scheduled_task", (change["op"], low)))
