from __future__ import annotations

from typing import Any

from win_group_membership import sid_of
from windows_host import ModuleFailed, WindowsMachine


def place(path: str, machine: WindowsMachine) -> tuple[str, list[dict[str, Any]]]:
    if path.upper().startswith("HK"):
        key = path.replace(":\\", "\\", 1)
        if machine.registry.get(key) is None:
            return "absent", []
        return "key", machine.extra.setdefault("key_acls", {}).setdefault(key.lower(), [])
    node = machine.files.get(path)
    return (node.kind, node.acl) if node else ("absent", [])


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    kind, rules = place(arguments["path"], machine)
    return {"kind": kind, "sid": sid_of(arguments["user"], machine), "rules": list(rules)}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    _kind, rules = place(change["path"], machine)
    if change["op"] == "add":
        rules.append(change["rule"])
    elif change["op"] == "remove":
        rules.remove(change["rule"])
    else:
        raise ModuleFailed(f"win_acl knows no {change['op']}")
    machine.journal.append(("win_acl", change["path"]))
