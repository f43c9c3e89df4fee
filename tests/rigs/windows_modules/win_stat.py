from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine

BITS = {"ReadOnly": 1, "Hidden": 2, "Directory": 16, "Archive": 32, "ReparsePoint": 1024}


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = machine.files.clean(arguments["path"])
    node = machine.files.get(path)
    while node is not None and node.kind == "link" and arguments["follow"]:
        path = node.target
        node = machine.files.get(path)
    if node is None:
        return {"kind": "absent"}
    regular = node.kind == "file"
    shares = [name for name, one in machine.shares.items() if one["path"].lower() == path.lower()]
    digest = hashlib.new(arguments["checksum_algorithm"], node.data).hexdigest()
    return {
        "kind": "directory" if node.kind == "directory" else "file",
        "path": machine.files.true_path(path),
        "attributes": sum(BITS.get(word, 0) for word in node.attributes),
        "created": node.ctime,
        "accessed": node.atime,
        "written": node.mtime,
        "link_type": "SymbolicLink" if node.kind == "link" else None,
        "target": node.target or None,
        "source": node.target or None,
        "size": len(node.data) if regular else sum(len(one.data) for _path, one in machine.files.walk(path)),
        "checksum": digest if regular and arguments["get_checksum"] else None,
        "hard_links": [],
        "owner": node.owner,
        "shares": shares,
    }
