from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = machine.files.clean(arguments["path"])
    node = machine.files.get(path)
    return {"path": path, "kind": node.kind if node else "absent"}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    op, path = change["op"], change["path"]
    if op == "mkdir":
        machine.files.mkdir(path)
    elif op == "remove":
        machine.files.remove(path)
    elif op == "touch":
        node = machine.files.get(path) or machine.files.write(path, b"")
        node.mtime = node.atime = machine.boot_time + len(machine.journal)
    else:
        raise ModuleFailed(f"win_file knows no {op}")
    machine.journal.append(("win_file", (op, path)))
