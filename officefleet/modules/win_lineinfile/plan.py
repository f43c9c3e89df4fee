"""What win_lineinfile changes. `state` is {"path", "kind", "text": decoded, "encoding": web name, "bom": bool}."""

from __future__ import annotations

import re
from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change

_NAMED = re.compile(r"\(\?<([A-Za-z_]\w*)>")  # .NET's named groups; Python writes them (?P<name>
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\d+))|\\(\d+)|\\g<(\w+)>")


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of .NET for Python.

    Raises:
        Failed: it is none, or uses what Python does not have.

    """
    try:
        return re.compile(_NAMED.sub(r"(?P<\1>", pattern))
    except re.error as error:
        raise Failed("the regular expression %s is not understood: %s" % (pattern, error)) from None


def lines_of(text: str) -> list[str]:
    """Return lines without their ends."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if lines and lines[-1] == "" else lines


def wanted(state: dict[str, Any], args: dict[str, Any]) -> tuple[list[str], str]:
    """Return (the lines that shall be, what was done)."""
    lines = lines_of(state["text"] or "")
    return _without(lines, args) if args["state"] == "absent" else _with(lines, args)


def _without(lines: list[str], args: dict[str, Any]) -> tuple[list[str], str]:
    if args["regex"] is not None:
        pattern = compiled(args["regex"])
        kept = [line for line in lines if not pattern.search(line)]
    else:
        kept = [line for line in lines if line != args["line"]]
    removed = len(lines) - len(kept)
    return kept, "%d line(s) removed" % removed if removed else ""


def _with(lines: list[str], args: dict[str, Any]) -> tuple[list[str], str]:
    line, place, match = args["line"], None, None
    pattern = compiled(args["regex"]) if args["regex"] is not None else None
    for number, found in enumerate(lines):
        hit = pattern.search(found) if pattern else (found == line or None)
        if hit:
            place, match = number, hit
    if place is not None:
        new = _expand(line, match) if args["backrefs"] and isinstance(match, re.Match) else line
        if lines[place] == new:
            return lines, ""
        return [*lines[:place], new, *lines[place + 1 :]], "line replaced"
    if args["backrefs"] or line in lines:
        return lines, ""
    index = _insertion(lines, args)
    return [*lines[:index], line, *lines[index:]], "line added"


def _expand(line: str, match: re.Match[str]) -> str:
    def text(reference: re.Match[str]) -> str:
        name = next(one for one in reference.groups() if one is not None)
        try:
            return match.group(int(name) if name.isdigit() else name) or ""
        except IndexError:
            return reference.group(0)

    return _REFERENCE.sub(text, line)


def _insertion(lines: list[str], args: dict[str, Any]) -> int:
    before, after = args["insertbefore"], args["insertafter"]
    if before == "BOF":
        return 0
    if before is None and after in (None, "EOF"):
        return len(lines)
    pattern = compiled(before if before is not None else after)
    hits = [number for number, line in enumerate(lines) if pattern.search(line)]
    if not hits:
        return len(lines)
    return hits[-1] if before is not None else hits[-1] + 1


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    path = state["path"]
    if state["kind"] == "directory":
        raise Failed("%s is a folder" % path)
    if state["kind"] == "absent":
        if args["state"] == "absent":
            return []
        if not args["create"]:
            raise Failed("the file %s does not exist; create: yes makes it" % path)
    lines, done = wanted(state, args)
    if not done:
        return []
    end = "\r\n" if args["newline"] == "windows" else "\n"
    text = "".join(line + end for line in lines)
    more = {
        "encoding": state["encoding"],
        "bom": state["bom"],
        "backup": args["backup"] and state["kind"] != "absent",
    }
    before, after = {"text": state["text"] or ""}, {"text": text}
    return [change("write", path, before, after, text=text, validate=args["validate_command"], **more)]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"msg": wanted(state, args)[1] if changes else "", "backup": "", "encoding": state["encoding"]}


def diff(state: dict[str, Any], _args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    before = state["text"] or ""
    after = changes[0]["after"]["text"] if changes else before
    return {"before": before, "after": after, "before_header": state["path"], "after_header": state["path"]}
