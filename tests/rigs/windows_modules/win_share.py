from __future__ import annotations

from typing import Any

from win_group_membership import name_of, sid_of
from windows_host import ModuleFailed, WindowsMachine

CACHING = {"None": 0, "Manual": 1, "Documents": 2, "Programs": 3, "BranchCache": 4, "Unknown": 5}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    named = [name for right in ("full", "change", "read", "deny") for name in arguments[right]]
    share = machine.shares.get(arguments["name"].lower())
    access = sorted(share["access"]) if share else []
    return {
        "folder": bool(arguments["path"]) and machine.files.get(arguments["path"]) is not None,
        "asked": {name: sid_of(name, machine) for name in named},
        "access": [
            {
                "sid": sid,
                "name": name_of(sid, machine),
                "control": "deny" if right == "deny" else "allow",
                "right": right,
            }
            for sid, right in access
        ],
        "share": {name: share[name] for name in ("path", "description", "caching", "enumeration", "encrypt")}
        if share
        else None,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op, name = change["op"], change["path"].lower()
    if op == "create":
        machine.shares[name] = {"path": change["folder"], "description": "", "caching": 1, "enumeration": 1,
                                "encrypt": False, "access": set()}  # fmt: skip
    elif op == "remove":
        del machine.shares[name]
    elif op == "set":
        for field, value in change["set"].items():
            plain = {"caching_mode": "caching", "list": "enumeration"}.get(field, field)
            machine.shares[name][plain] = (
                CACHING[value] if field == "caching_mode" else int(value) if field == "list" else value
            )
    elif op == "grant":
        machine.shares[name]["access"].add((change["sid"], change["right"]))
    elif op == "revoke":
        denied = change["right"] == "deny"
        keep = {
            (sid, right)
            for sid, right in machine.shares[name]["access"]
            if sid != change["sid"] or (right == "deny") != denied
        }
        machine.shares[name]["access"] = keep
    else:
        raise ModuleFailed(f"win_share knows no {op}")
    machine.journal.append(("win_share", (op, name)))
