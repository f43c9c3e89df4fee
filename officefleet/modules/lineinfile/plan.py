"""What lineinfile changes."""

from __future__ import annotations

import re

from officefleet.agents import text
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    if state["text"] is None and args["state"] == "absent":
        return []
    if state["text"] is None and not args["create"]:
        raise Failed("Destination %s does not exist !" % state["path"], rc=257)
    return text.plan(state, args, "".join(edit(state, args)[0]))


def edit(state: Mapping[str, Any], args: Mapping[str, Any]) -> tuple[list[str], str, int]:
    """Return (new lines, Ansible's message or "", count of lines removed)."""
    lines = text.lines(state["text"])
    if args["state"] == "present":
        return (*_present(lines, args), 0)
    unwanted = _matcher(args)
    kept = [line for line in lines if not unwanted(line)]
    count = len(lines) - len(kept)
    return kept, "%d line(s) removed" % count if count else "", count


def _matcher(args: Mapping[str, Any]) -> Callable[[str], re.Match[str] | bool | None]:
    """Return what tells whether a line, with its end, is the one that the task means."""
    if args["regexp"] is not None:
        return text.pattern(args["regexp"]).search
    if args["search_string"] is not None:
        wanted: str = args["search_string"]
        return lambda line: wanted in line
    exact: str = args["line"]
    return lambda line: line.rstrip("\r\n") == exact


def _present(lines: list[str], args: Mapping[str, Any]) -> tuple[list[str], str]:
    line = args["line"] if args["line"].endswith("\n") else args["line"] + "\n"
    by_pattern = args["regexp"] is not None or args["search_string"] is not None
    place, match = _find(lines, _matcher(args), first=args["firstmatch"]) if by_pattern else (None, None)
    if place is None:
        place, _match = _find(
            lines, lambda one: one.rstrip("\r\n") == args["line"].rstrip("\r\n"), first=False
        )
    if place is not None:
        if args["backrefs"] and match is not None:
            line = _expand(match, args["line"])
        if lines[place] == line:
            return lines, ""
        return [*lines[:place], line, *lines[place + 1 :]], "line replaced"
    if args["backrefs"]:
        return lines, ""
    return _insert(lines, line, args), "line added"


def _find(
    lines: list[str], accepts: Callable[[str], Any], *, first: bool
) -> tuple[int | None, re.Match[str] | None]:
    """Return (index, match) of the last line that is accepted, or of the first one."""
    for index in range(len(lines)) if first else range(len(lines) - 1, -1, -1):
        match = accepts(lines[index])
        if match:
            return index, match if match is not True else None
    return None, None


def _expand(match: re.Match[str], line: str) -> str:
    try:
        found = match.expand(line)
    except (IndexError, re.error) as error:
        raise Failed("bad reference in line %r: %s" % (line, error)) from None
    return found if found.endswith("\n") else found + "\n"


def _insert(lines: list[str], line: str, args: Mapping[str, Any]) -> list[str]:
    """Return the lines with one more, where the task says."""
    after, before = args["insertafter"], args["insertbefore"]
    if "BOF" in {after, before}:
        return [line, *lines]
    place = len(lines)
    if before not in {None, "EOF"} or after not in {None, "EOF"}:
        accepts = text.pattern(after if before is None else before).search
        found, _match = _find(lines, accepts, first=args["firstmatch"])
        if found is not None:
            place = found + 1 if before is None else found
    head = lines[:place]
    if head and not head[-1].endswith("\n"):
        head[-1] += "\n"
    return [*head, line, *lines[place:]]


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    if state["text"] is None and args["state"] == "absent":
        return {"msg": "file not present"}
    _lines, done, count = edit(state, args)
    known = {"msg": text.message(changes, done), "backup": ""}
    return dict(known, found=count) if args["state"] == "absent" else known


def diff(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return text.diff(state, changes)
