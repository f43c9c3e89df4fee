"""What blockinfile changes."""

from __future__ import annotations

import re

from officefleet.agents import text
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    if state["text"] is None and not args["create"]:
        raise Failed("Path %s does not exist !" % state["path"], rc=257)
    if state["text"] is None and args["state"] == "absent":
        return []
    return text.plan(state, args, edit(state["text"], args))


def edit(old: str | None, args: Mapping[str, Any]) -> str:
    """Return the text with its block as the task wants it."""
    begin, end = (args["marker"].replace("{mark}", args[name]) for name in ("marker_begin", "marker_end"))
    block = args["block"] if args["state"] == "present" else ""
    wanted = [begin + "\n", block if block.endswith("\n") else block + "\n", end + "\n"] if block else []
    lines = text.lines(old)
    place = _cut(lines, begin, end)
    if place is None:
        if not wanted:
            return old or ""
        place = _insertion(lines, args)
    before, after = lines[:place], lines[place:]
    if before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    present = args["state"] == "present"
    if present and args["prepend_newline"] and before and before[-1] != "\n":
        before.append("\n")
    if present and args["append_newline"] and after and after[0] != "\n":
        after.insert(0, "\n")
    return "".join(before + wanted + after)


def _cut(lines: list[str], begin: str, end: str) -> int | None:
    """Remove the block and its markers; return where it was, or None when there is none."""
    first = _last_index(lines, begin)
    last = _last_index(lines, end)
    if first is None or last is None:
        return None
    first, last = min(first, last), max(first, last)
    del lines[first : last + 1]
    return first


def _last_index(lines: list[str], wanted: str) -> int | None:
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].rstrip("\r\n") == wanted:
            return index
    return None


def _insertion(lines: list[str], args: Mapping[str, Any]) -> int:
    """Return the index at which a new block goes."""
    after, before = args["insertafter"], args["insertbefore"]
    if before == "BOF":
        return 0
    if before is None and after in {None, "EOF"}:
        return len(lines)
    expression = text.pattern(after if before is None else before)
    if expression.flags & re.MULTILINE:
        whole = "".join(lines)
        match = expression.search(whole)
        if match is None:
            return len(lines)
        return whole.count("\n", 0, match.start()) if after is None else whole.count("\n", 0, match.end()) + 1
    for index in range(len(lines) - 1, -1, -1):
        if expression.search(lines[index]):
            return index if after is None else index + 1
    return len(lines)


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    if state["text"] is None and args["state"] == "absent":
        return {"msg": "File %s not present" % state["path"]}
    done = "Block inserted" if args["state"] == "present" and args["block"] else "Block removed"
    return {"msg": text.message(changes, "File created" if state["text"] is None else done)}


def diff(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return text.diff(state, changes)
