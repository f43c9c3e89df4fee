"""What is in a snapshot, and what changed from one to the next: for finding the last clean generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officine_backup import client, restic

if TYPE_CHECKING:
    from officine_backup.restic import Repository


def content(where: Repository, snapshot: str) -> list[dict[str, Any]]:
    """Return the files of a snapshot: ``{"path", "size", "mtime"}``."""
    return [
        {"path": one["path"], "size": one.get("size", 0), "mtime": one.get("mtime")}
        for one in restic.lines(where, ["ls", "--json", "--no-lock", client.check_id(snapshot)])
        if one.get("struct_type") == "node" and one.get("type") == "file"
    ]


def diff(where: Repository, before: str, after: str) -> dict[str, Any]:
    """Return what changed between two snapshots.

    Returns:
        ``{"added", "removed", "modified"}``: paths; ``{"bytes_added", "bytes_removed"}``.

    """
    found: dict[str, Any] = {"added": [], "removed": [], "modified": [], "bytes_added": 0, "bytes_removed": 0}
    kinds = {"+": "added", "-": "removed", "M": "modified"}
    command = ["diff", "--json", "--no-lock", client.check_id(before), client.check_id(after)]
    for one in restic.lines(where, command):
        if one.get("message_type") == "change":
            kind = kinds.get(str(one.get("modifier", ""))[:1])
            if kind and not str(one["path"]).endswith("/"):
                found[kind].append(one["path"])
        elif one.get("message_type") == "statistics":
            found["bytes_added"] = one["added"]["bytes"]
            found["bytes_removed"] = one["removed"]["bytes"]
    return found
