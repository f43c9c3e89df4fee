from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

KNOWN = {
    "romance standard time",
    "utc",
    "w. europe standard time",
    "gmt standard time",
    "reunion standard time",
}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    wanted = arguments["timezone"].lower().removesuffix("_dstoff")
    return {"zone": machine.timezone, "known": wanted in KNOWN}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "set":
        raise ModuleFailed(f"win_timezone knows no {change['op']}")
    machine.timezone = change["path"]
    machine.journal.append(("win_timezone", change["path"]))
