from __future__ import annotations

import codecs
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    path = machine.files.clean(arguments["path"])
    node = machine.files.get(path)
    data = node.data if node is not None else b""
    bom = data.startswith(codecs.BOM_UTF8)
    encoding = "utf-8" if arguments["encoding"] == "auto" else arguments["encoding"]
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError:
        encoding = "Windows-1252"
        text = data.decode("cp1252")
    return {
        "path": path,
        "kind": node.kind if node else "absent",
        "text": text,
        "encoding": encoding,
        "bom": bom,
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] != "write":
        raise ModuleFailed(f"win_lineinfile knows no {change['op']}")
    known = {}
    if change["backup"]:
        known["backup_file"] = change["path"] + ".1.bak"
        old = machine.files.get(change["path"])
        machine.files.write(known["backup_file"], old.data if old else b"")
    data = change["text"].encode(change["encoding"])
    machine.files.write(change["path"], (codecs.BOM_UTF8 if change["bom"] else b"") + data)
    machine.journal.append(("win_lineinfile", change["path"]))
    return known
