from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def place(path: str) -> str:
    return path.replace(":\\", "\\", 1)


def entry_of(machine: WindowsMachine, path: str, name: str) -> dict[str, Any] | None:
    found = machine.registry.value(place(path), name)
    return None if found is None else {"type": found[0], "data": found[1]}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = arguments["path"]
    if machine.registry.get(place(path)) is None:
        return {"key": False, "entry": None}
    return {"key": True, "entry": entry_of(machine, path, arguments["name"] or "")}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    path, op = place(change["path"]), change["op"]
    if op == "add_key":
        machine.registry.create(path)
    elif op == "set":
        machine.registry.set(path, change["name"], change["type"], change["data"])
    elif op == "remove":
        machine.registry.delete(path, change["name"])
    elif op == "remove_key":
        machine.registry.delete(path)
    else:
        raise ModuleFailed(f"win_regedit knows no {op}")
    machine.journal.append(("win_regedit", (op, path, change["name"])))
