"""What htpasswd changes."""

from __future__ import annotations

from officefleet.agents import files, text, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def plan(state: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`state` is a text file's, and "hash": a new one, None when the one in the file fits."""
    if state["text"] is None and args["state"] == "absent":
        return []
    if state["text"] is None and not args["create"]:
        raise Failed("Destination %s does not exist" % state["path"])
    return text.plan(state, args, edited(state, args))


def edited(state: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """Return the file with the user's line put, replaced in place, or left out."""
    start = args["name"] + ":"
    found = [] if args["state"] == "absent" or state["hash"] is None else [start + state["hash"] + "\n"]
    kept: list[str] = []
    placed = False
    for line in text.lines(state["text"]):
        if not line.startswith(start):
            kept.append(line if line.endswith("\n") else line + "\n")
        elif args["state"] == "present" and not placed:
            kept += found or [line]
            placed = True
    return "".join(kept if placed or args["state"] == "absent" else kept + found)


def message(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> str:
    """Return community.general's message."""
    name: str = args["name"]
    there = any(line.startswith(name + ":") for line in text.lines(state["text"]))
    if args["state"] == "absent":
        return "Remove %s" % name if there else "%s not present" % name
    if state["text"] is None:
        return "Create %s" % state["path"]
    written = any(change["op"] == "write" for change in changes)
    return ("Add %s" if written else "%s already present") % name


def result(
    state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    known = {"msg": message(state, args, changes)}
    predicted = writing.predict(state, changes)
    return known if predicted["kind"] == "absent" else {**known, **files.facts(predicted)}


def diff(state: Mapping[str, Any], args: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A hash of a password is shown to nobody."""
    return {"before": "", "after": message(state, args, changes) + "\n" if changes else ""}
