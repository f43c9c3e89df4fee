from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    offered = [one for one in machine.updates if not one.get("installed")]
    names = ("id", "title", "kb", "downloaded", "hidden", "optional", "categories")
    return {
        "updates": [
            {name: one[name] for name in names} for one in sorted(offered, key=lambda one: one["id"])
        ],
        "reboot_required": machine.reboot_pending,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] not in ("install", "download"):
        raise ModuleFailed(f"win_updates knows no {change['op']}")
    install = change["op"] == "install"
    for one in machine.updates:
        if one["id"] in change["ids"]:
            one["downloaded"] = True
            one["installed"] = install
    machine.reboot_pending = machine.reboot_pending or install
    machine.journal.append(("win_updates", (change["op"], tuple(change["ids"]))))
    return {"installed_update_count": len(change["ids"]), "reboot_required": install, "failed_updates": []}
