"""What win_copy changes.

`state` is {"dest", "parent": bool, "tree": bool, "items": [{"path", "kind", "found": {"kind", "sha1"}, ...}]}; an item
brings "sha1", "size" and "blob" (content of the controller) or "source" (a file of the host).
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, split_path


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if not state["items"]:
        raise Failed("there is no %s on the host to copy from" % args["src"], src=args["src"])
    changes = []
    if not state["parent"]:
        if not (state["tree"] or args["dest"].endswith(("\\", "/"))):
            raise Failed("the folder of %s does not exist" % state["dest"], dest=state["dest"])
        folder = state["dest"] if state["tree"] else split_path(state["items"][0]["path"])[0]
        changes.append(_mkdir(folder))
    for item in state["items"]:
        changes += _folder(item) if item["kind"] == "directory" else _file(item, args)
    return changes


def _mkdir(path: str) -> dict[str, Any]:
    return change("mkdir", path, {"state": "absent"}, {"state": "directory"})


def _folder(item: dict[str, Any]) -> list[dict[str, Any]]:
    kind = item["found"]["kind"]
    if kind == "file":
        raise Failed("%s is a file on the host, a folder shall be there" % item["path"], dest=item["path"])
    return [_mkdir(item["path"])] if kind == "absent" else []


def _file(item: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found = item["found"]
    if found["kind"] == "directory":
        raise Failed("%s is a folder on the host, a file shall be there" % item["path"], dest=item["path"])
    if found["kind"] != "absent" and (not args["force"] or found["sha1"] == item["sha1"]):
        return []
    more = {name: item[name] for name in ("blob", "source", "size", "sha1") if item.get(name) is not None}
    more["backup"] = args["backup"] and found["kind"] != "absent"
    return [change("write", item["path"], {"checksum": found["sha1"]}, {"checksum": item["sha1"]}, **more)]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    source = args.get("_source") or args["src"]
    if state["tree"]:
        return {"dest": state["dest"], "src": source, "operation": "folder_copy"}
    item = state["items"][0]
    known = {"dest": item["path"], "src": source, "checksum": item["sha1"], "operation": "file_copy"}
    if item.get("size") is not None:
        known["size"] = item["size"]
    if args.get("_name"):
        known["original_basename"] = args["_name"]
    return known
