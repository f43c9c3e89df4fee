from __future__ import annotations

import hashlib
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    files, signatures = {}, {}
    if arguments["path"]:
        folder = arguments["path"].replace("/", "\\").rpartition("\\")[0]
        for name in machine.files.children(folder):
            node = machine.files.get(folder + "\\" + name)
            if node is not None and node.kind == "file":
                files[name.lower()] = hashlib.sha256(node.data).hexdigest()
                if name.lower().endswith(".cat"):
                    signatures[name.lower()] = "Valid" if node.data.startswith(b"signed") else "NotSigned"
    return {"drivers": [dict(one) for one in machine.drivers], "files": files, "signatures": signatures}


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] == "add":
        inf, version = next(iter(change["after"].items()))
        published = f"oem{len(machine.drivers) + 1}.inf"
        machine.drivers.append({"published": published, "original": inf, "version": version, "provider": "x"})
    elif change["op"] == "remove":
        machine.drivers = [one for one in machine.drivers if one["published"] != change["path"]]
    else:
        raise ModuleFailed(f"win_driver knows no {change['op']}")
    machine.journal.append(("win_driver", (change["op"], change["path"])))
    return {"rc": 0, "stdout": ""}
