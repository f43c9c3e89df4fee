from __future__ import annotations

import hashlib
from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()  # noqa: S324  Ansible's checksum


def join(folder: str, name: str) -> str:
    return folder.rstrip("\\") + "\\" + name.replace("/", "\\").strip("\\")


def look(path: str, machine: WindowsMachine) -> dict[str, Any]:
    node = machine.files.get(path)
    kind = node.kind if node else "absent"
    return {"kind": kind, "sha1": sha1(node.data) if node and kind == "file" else None}


def file_item(path: str, offer: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    named = {name: offer.get("_" + name) for name in ("sha1", "size", "blob", "source_path")}
    source = named.pop("source_path")
    return {"path": path, "kind": "file", "found": look(path, machine), "source": source, **named}


def tree_items(arguments: dict[str, Any], dest: str, machine: WindowsMachine) -> list[dict[str, Any]]:
    items = []
    for entry in arguments["_tree"]:
        path = join(dest, entry["path"])
        if entry["kind"] == "directory":
            items.append({"path": path, "kind": "directory", "found": look(path, machine)})
        elif entry["kind"] == "file":
            items.append(file_item(path, entry, machine))
    return items


def host_items(source: str, dest: str, machine: WindowsMachine) -> list[dict[str, Any]]:
    items = []
    for path, node in machine.files.walk(source):
        place = join(dest, path[len(source) :])
        if node.kind == "directory":
            items.append({"path": place, "kind": "directory", "found": look(place, machine)})
        else:
            offer = {"_sha1": sha1(node.data), "_size": len(node.data), "_source_path": path}
            items.append(file_item(place, offer, machine))
    return items


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    files = machine.files
    dest = arguments["dest"].replace("/", "\\")
    there = files.get(dest)
    into = dest.endswith("\\") or (there is not None and there.kind == "directory")
    if "_tree" in arguments:
        items = tree_items(arguments, dest, machine)
        return {"dest": dest, "parent": there is not None, "tree": True, "items": items}
    offer, name = arguments, arguments.get("_name") or ""
    if arguments["remote_src"]:
        source = files.clean(arguments["src"])
        node = files.get(source)
        if node is None:
            return {"dest": dest, "parent": True, "tree": False, "items": []}
        name = source.rpartition("\\")[2]
        if node.kind == "directory":
            whole = not arguments["src"].endswith(("\\", "/")) and into
            dest = join(dest, name) if whole else dest
            items = host_items(source, dest, machine)
            return {"dest": dest, "parent": files.get(dest) is not None, "tree": True, "items": items}
        offer = {"_sha1": sha1(node.data), "_size": len(node.data), "_source_path": source}
    path = join(dest, name) if into and name else dest
    parent = files.get(path.rpartition("\\")[0] + "\\") is not None
    return {"dest": path, "parent": parent, "tree": False, "items": [file_item(path, offer, machine)]}


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    op, path = change["op"], change["path"]
    known = {}
    if op == "mkdir":
        machine.files.mkdir(path)
    elif op == "write":
        old = machine.files.get(path)
        if change["backup"] and old is not None:
            known["backup_file"] = path + ".1.bak"
            machine.files.write(known["backup_file"], old.data)
        source = change.get("source")
        if source:
            node = machine.files.get(source)
            assert node is not None
            data = node.data
        else:
            data = machine.blob(change["blob"])
        machine.files.write(path, data)
    else:
        raise ModuleFailed(f"win_copy knows no {op}")
    machine.journal.append(("win_copy", (op, path)))
    return known
