from __future__ import annotations

import re

from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"loaded": bool, "load_files", "option_files": {path: text}} of the folders for the start."""
    changes = []
    name, wanted = args["name"], args["state"] == "present"
    if state["loaded"] != wanted:
        words = [name, *args["params"].split()] if wanted else ["-r", name]
        changes.append(
            step("modprobe", *words, path=name, before={"loaded": state["loaded"]}, after={"loaded": wanted})
        )
    if args["persistent"] == "present":
        changes += kept(state, args)
    elif args["persistent"] == "absent":
        changes += dropped(state, args)
    return changes


def sets(line: str, name: str) -> bool:
    """Return whether a line of modules-load.d or modprobe.d is about the module."""
    dashed = re.escape(name).replace("_", "[-_]").replace(r"\-", "[-_]")
    return re.match(r"^\s*(options\s+)?%s(\s|$)" % dashed, line) is not None


def kept(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name, found = args["name"], []
    if not any(sets(line, name) for text in state["load_files"].values() for line in text.splitlines()):
        path = "/etc/modules-load.d/%s.conf" % name
        found.append(file_change(path, state["load_files"].get(path, ""), name + "\n"))
    wanted = "options %s %s" % (name, args["params"])
    lines = [
        line for text in state["option_files"].values() for line in text.splitlines() if sets(line, name)
    ]
    if args["params"] and lines != [wanted]:
        path = "/etc/modprobe.d/%s.conf" % name
        found += [one for one in without(state["option_files"], name) if one["path"] != path]
        found.append(
            file_change(path, "".join(rest(state["option_files"].get(path, ""), name)), wanted + "\n")
        )
    return found


def dropped(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    return without(state["load_files"], args["name"]) + without(state["option_files"], args["name"])


def without(files: dict[str, str], name: str) -> list[dict[str, Any]]:
    """Return the changes that take the module's lines out of files."""
    found = []
    for path, text in sorted(files.items()):
        lines = rest(text, name)
        if len(lines) != len(text.splitlines()):
            found.append(
                {
                    "op": "file",
                    "path": path,
                    "text": "".join(lines),
                    "before": {path: text},
                    "after": {path: "".join(lines)},
                }
            )
    return found


def rest(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if not sets(line, name)]


def file_change(path: str, old: str, addition: str) -> dict[str, Any]:
    return {
        "op": "file",
        "path": path,
        "text": old + addition,
        "before": {path: old},
        "after": {path: old + addition},
    }


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": args["name"], "params": args["params"], "state": args["state"]}
