from __future__ import annotations

import re
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    source = arguments["source"]
    return {
        "source": source is not None and machine.files.get(source) is not None,
        "packages": [
            {"name": one["name"], "state": "Installed"} for one in machine.hotfixes if "name" in one
        ],
        "updates": sorted(one["kb"] for one in machine.hotfixes),
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] == "install":
        found = re.search(r"kb\d+", change["source"], re.IGNORECASE)
        kb = found[0].upper() if found else change["path"]
        machine.hotfixes.append({"kb": kb, "name": f"Package_for_{kb}~31bf3856ad364e35~amd64~~10.0.1.0"})
    elif change["op"] == "uninstall":
        machine.hotfixes = [one for one in machine.hotfixes if one.get("name") not in change["packages"]]
    else:
        raise ModuleFailed(f"win_hotfix knows no {change['op']}")
    machine.journal.append(("win_hotfix", (change["op"], change["path"])))
    return {"reboot_required": True}
