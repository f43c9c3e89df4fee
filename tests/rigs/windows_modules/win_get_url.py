from __future__ import annotations

import hashlib
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def web(machine: WindowsMachine) -> dict[str, bytes]:
    """Return machine.extra["web"]: {url: content}."""
    found: dict[str, bytes] = machine.extra.setdefault("web", {})
    return found


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    dest = machine.files.clean(arguments["dest"])
    node = machine.files.get(dest)
    held = None
    if node is not None and node.kind == "file":
        held = hashlib.new(arguments["checksum_algorithm"], node.data).hexdigest()
    expected = arguments["checksum"]
    if arguments["checksum_url"]:
        expected = web(machine)[arguments["checksum_url"]].decode().split()[0]
    return {
        "dest": dest,
        "kind": node.kind if node else "absent",
        "checksum": held,
        "parent": machine.files.get(dest.rpartition("\\")[0] + "\\") is not None,
        "expected": expected,
        "newer": False if held and not expected and not arguments["force"] else None,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] != "fetch":
        raise ModuleFailed(f"win_get_url knows no {change['op']}")
    if change["url"] not in web(machine):
        raise ModuleFailed("the server answers 404", status_code=404, url=change["url"], dest=change["path"])
    data = web(machine)[change["url"]]
    digest = hashlib.new(change["algorithm"], data).hexdigest()
    if change["expected"] and digest != change["expected"].lower():
        raise ModuleFailed("the downloaded file does not have the expected checksum", checksum_src=digest)
    known = {
        "checksum_src": digest,
        "checksum_dest": digest,
        "size": len(data),
        "status_code": 200,
        "msg": "OK",
    }
    if digest == change["held"]:
        return {**known, "changed": False}
    machine.files.write(change["path"], data)
    machine.journal.append(("win_get_url", change["path"]))
    return known
