"""What win_stat tells. `state` is {"kind": absent, file or directory, ...}; attributes are Windows' bits.

The bits are in https://learn.microsoft.com/windows/win32/fileio/file-attribute-constants.
"""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import split_path

_BITS = {
    0x1: "ReadOnly",
    0x2: "Hidden",
    0x4: "System",
    0x10: "Directory",
    0x20: "Archive",
    0x80: "Normal",
    0x100: "Temporary",
    0x200: "SparseFile",
    0x400: "ReparsePoint",
    0x800: "Compressed",
    0x1000: "Offline",
    0x2000: "NotContentIndexed",
    0x4000: "Encrypted",
}


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    if state["kind"] == "absent":
        return {"stat": {"exists": False}}
    bits, link = state["attributes"], state["link_type"]
    regular = state["kind"] == "file"
    found = {
        "exists": True,
        "path": state["path"],
        "attributes": ", ".join(word for bit, word in _BITS.items() if bits & bit),
        "creationtime": state["created"],
        "lastaccesstime": state["accessed"],
        "lastwritetime": state["written"],
        "isarchive": bool(bits & 0x20),
        "isdir": state["kind"] == "directory",
        "ishidden": bool(bits & 0x2),
        "isjunction": link == "Junction",
        "islnk": link in ("SymbolicLink", "Junction"),
        "isreadonly": bool(bits & 0x1),
        "isreg": regular and link != "SymbolicLink",
        "isshared": bool(state["shares"]),
        "nlink": len(state["hard_links"]) + 1 if regular else 1,
        "hlnk_targets": state["hard_links"],
        "owner": state["owner"],
    }
    name = split_path(state["path"])[1]
    if regular:
        found["filename"] = name
        found["extension"] = "." + name.rpartition(".")[2] if "." in name else ""
    if state["shares"]:
        found["sharename"] = state["shares"][0]
    if found["islnk"]:
        found.update(lnk_target=state["target"], lnk_source=state["source"])
    elif args["get_size"]:
        found["size"] = state["size"]
    if state["checksum"] is not None:
        found["checksum"] = state["checksum"]
    return {"stat": found}
