from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    return {"active": machine.hostname, "pending": machine.extra.get("pending_name", machine.hostname)}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "rename":
        raise ModuleFailed(f"win_hostname knows no {change['op']}")
    machine.extra["pending_name"] = change["path"]
    machine.reboot_pending = True
    machine.journal.append(("win_hostname", change["path"]))
