"""What ini_file changes."""

from __future__ import annotations

import re

from officefleet.agents import files, text, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SECTION = re.compile(r"^\s*\[(.+?)\]\s*(?:[#;].*)?$")


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    if state["text"] is None and args["state"] == "absent":
        return []
    if state["text"] is None and not args["create"]:
        raise Failed("Destination %s does not exist!" % state["path"], rc=257)
    changes = text.plan(state, args, edit(state["text"], args)[0])
    return [dict(change, follow=args["follow"]) if change["op"] == "write" else change for change in changes]


def edit(old: str | None, args: Mapping[str, Any]) -> tuple[str, str]:
    """Return (new text, community.general's message)."""
    lines = text.lines(old)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    start, end = _bounds(lines, args["section"])
    if args["state"] == "absent":
        new, message = _without(lines, start, end, args)
    elif start is None:
        new, message = _with_section(lines, args)
    elif args["option"] is None:
        new, message = lines, "OK"
    else:
        new, message = _with_option(lines, start, end, args)
    return ("".join(new), message) if new != lines else (old or "", "OK")


def _bounds(lines: list[str], section: str | None) -> tuple[int | None, int]:
    """Return (index of the first line after the section's head or None, index of the line after the section)."""
    heads = [(index, match.group(1)) for index, match in enumerate(map(_SECTION.match, lines)) if match]
    if section is None:
        return 0, heads[0][0] if heads else len(lines)
    for place, (index, name) in enumerate(heads):
        if name == section:
            return index + 1, heads[place + 1][0] if place + 1 < len(heads) else len(lines)
    return None, len(lines)


def _wanted(args: Mapping[str, Any]) -> list[str | None]:
    """Return the values that the option shall have; None stands for an option without a value."""
    if args["values"]:
        return list(dict.fromkeys(args["values"]))
    return [args["value"]]


def _render(args: Mapping[str, Any], value: str | None) -> str:
    if value is None:
        return "%s\n" % args["option"]
    return ("%s=%s\n" if args["no_extra_spaces"] else "%s = %s\n") % (args["option"], value)


def _parse(line: str, args: Mapping[str, Any]) -> tuple[bool, str | None] | None:
    """Return (whether the line is active, its value) when it is one of the option, else None."""
    match = re.match(
        r"^[ \t]*([#;]?)[ \t]*%s[ \t]*(?:=[ \t]*(.*?))?[ \t]*$" % re.escape(args["option"]),
        line.rstrip("\r\n"),
    )
    if match is None:
        return None
    return not match.group(1), match.group(2)


def _with_section(lines: list[str], args: Mapping[str, Any]) -> tuple[list[str], str]:
    head = ["[%s]\n" % args["section"]]
    options = [] if args["option"] is None else [_render(args, value) for value in _wanted(args)]
    return lines + head + options, "section and option added" if options else "only section added"


def _with_option(lines: list[str], start: int, end: int, args: Mapping[str, Any]) -> tuple[list[str], str]:
    body: list[str | None] = list(lines[start:end])
    missing = _wanted(args)
    stale: list[int] = []  # lines of the option that must not stay as they are
    inactive: list[int] = []  # lines of the option that are commented out
    for index, line in enumerate(lines[start:end]):
        found = _parse(line, args)
        if found is None:
            continue
        active, value = found
        if active and value in missing:
            missing.remove(value)
            if not args["ignore_spaces"]:
                body[index] = _render(args, value)
        elif active and args["exclusive"]:
            stale.append(index)
            body[index] = None
        elif not active and args["modify_inactive_option"]:
            inactive.append(index)
    for index in stale + inactive:
        if missing:
            body[index] = _render(args, missing.pop(0))
    kept = [line for line in body if line is not None]
    message = "option added" if missing and not stale else "option changed"
    place = len(kept)
    while place and not kept[place - 1].strip():
        place -= 1  # new options go before the empty lines that part sections
    kept[place:place] = [_render(args, value) for value in missing]
    return lines[:start] + kept + lines[end:], message


def _without(lines: list[str], start: int | None, end: int, args: Mapping[str, Any]) -> tuple[list[str], str]:
    if start is None:
        return lines, "OK"
    if args["option"] is None:
        first = start - 1 if args["section"] is not None else start
        return lines[:first] + lines[end:], "section removed"
    given = args["values"] or ([args["value"]] if args["value"] is not None else None)
    kept = []
    for line in lines[start:end]:
        found = _parse(line, args)
        unwanted = (
            found is not None and found[0] and (args["exclusive"] or given is None or found[1] in given)
        )
        if not unwanted:
            kept.append(line)
    return lines[:start] + kept + lines[end:], "option changed"


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    message = "OK" if state["text"] is None and args["state"] == "absent" else edit(state["text"], args)[1]
    known = {"path": state["path"], "msg": message}
    predicted = writing.predict(state, changes)
    return known if predicted["kind"] == "absent" else {**known, **files.facts(predicted)}


def diff(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return text.diff(state, changes)
