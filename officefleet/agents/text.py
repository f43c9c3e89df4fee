"""Editing text files on a host: what modules that change a part of a file share. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents import entries, files, writing
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context

ATTRIBUTES_CHANGED = "ownership, perms or SE linux context changed"


def read(args: Mapping[str, Any], context: Context, *, path: str | None = None) -> dict[str, Any]:
    """Return the state of a text file.

    Args:
        args: the module's arguments: "path", "owner", "group"; "create" and "state" tell what may be missing.
        context: tells whether this is check mode.
        path: the file, where it is not args["path"].

    Returns:
        what `writing.observe` returns, and "text": the content (surrogate escapes for bytes that are not
        UTF-8) or None, "parents": folders that are missing.

    Raises:
        Failed: a folder is there, or the file cannot be read.
        Undecidable: check mode, and the file may be made by an earlier task.

    """
    path = files.expand(args["path"]) if path is None else path
    if os.path.isdir(path):
        raise Failed("Path %s is a directory !" % path, rc=256)
    state = writing.observe(path, args, context)
    absent = state["found"]["kind"] == "absent"
    state["text"] = None if absent else files.read_bytes(path).decode("utf-8", "surrogateescape")
    state["parents"] = entries.missing_parents(os.path.dirname(os.path.abspath(path))) if absent else []
    if absent and context.check and not args.get("create", False) and args.get("state") != "absent":
        raise Undecidable("%s does not exist yet" % path)
    return state


def plan(state: Mapping[str, Any], args: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """Return the changes that give the file this text and the attributes of `args`, missing folders first."""
    folders = [
        {"op": "mkdir", "path": path, "before": {"state": "absent"}, "after": {"state": "directory"}}
        for path in state["parents"]
    ]
    return folders + writing.plan_text(state, args, text)


def message(changes: list[dict[str, Any]], done: str) -> str:
    """Return Ansible's message: `done` where the content changed, and whether attributes did."""
    written = any(change["op"] == "write" for change in changes)
    attributes = _attributes(changes)[0]
    parts = ([done] if written and done else []) + ([ATTRIBUTES_CHANGED] if attributes else [])
    return " and ".join(parts)


def diff(
    state: Mapping[str, Any], changes: list[dict[str, Any]], text: str | None = None
) -> list[dict[str, Any]]:
    """Return Ansible's two diffs: one of the content, one of the attributes.

    Args:
        state: what `read` returned.
        changes: of `plan`.
        text: the new text; None takes it from the changes.

    """
    before = state["text"] or ""
    after = (
        next((change["text"] for change in changes if change["op"] == "write"), before)
        if text is None
        else text
    )
    name = state["path"] + " (content)"
    content = {"before": before, "after": after, "before_header": name, "after_header": name}
    name = state["path"] + " (file attributes)"
    attributes: dict[str, Any] = {"before_header": name, "after_header": name}
    old, new = _attributes(changes)
    if new:
        attributes.update(before=old, after=new)
    return [content, attributes]


def _attributes(changes: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what changes of owner, group and mode, before and after."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for change in changes:
        if change["op"] != "mkdir":
            for name in ("owner", "group", "mode"):
                if name in change["after"]:
                    old[name] = change["before"].get(name)
                    new[name] = change["after"][name]
    return old, new


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Carry out a change of `plan`; return {"backup_file"} where a backup was made."""
    return {} if entries.apply_entry(change) else writing.apply(change, context)


def lines(text: str | None) -> list[str]:
    """Return the lines of a text with their ends; only a line feed ends a line."""
    parts = (text or "").split("\n")
    last = parts.pop()
    return [part + "\n" for part in parts] + ([last] if last else [])


def pattern(expression: str, flags: int = 0) -> re.Pattern[str]:
    """Return a compiled regular expression.

    Raises:
        Failed: it cannot be understood.

    """
    import re

    try:
        return re.compile(expression, flags)
    except re.error as error:
        raise Failed("bad regular expression %r: %s" % (expression, error)) from None
