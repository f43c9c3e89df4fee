from __future__ import annotations

import re

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_SOURCE = re.compile(r"^(?P<off>#*\s*)(?P<source>deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?\S+\s+[^#]+?)\s*(?:#.*)?$")
_FOLDER = "/etc/apt/sources.list.d/"


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"files": {path: text}} of all one-line source files."""
    new = wanted(state["files"], args)
    touched = {path: text for path, text in new.items() if state["files"].get(path) != text}
    if not touched:
        return []
    before = {path: state["files"].get(path) for path in touched}
    return [
        {
            "op": "sources",
            "path": ", ".join(sorted(touched)),
            "files": touched,
            "mode": args["mode"],
            "update": args["update_cache"],
            "update_cache_retries": args["update_cache_retries"],
            "update_cache_retry_max_delay": args["update_cache_retry_max_delay"],
            "before": before,
            "after": dict(touched),
        }
    ]


def normal(source: str) -> str:
    """Return a source with single blanks and its options in order, so that two spellings of one compare equal."""
    options = re.search(r"\[([^\]]*)\]", source)
    text = " ".join(re.sub(r"\[[^\]]*\]", " ", source).split())
    if options is None:
        return text.replace("/ ", " ", 1)
    kind, _blank, rest = text.partition(" ")
    return "%s [%s] %s" % (kind, " ".join(sorted(options.group(1).split())), rest.replace("/ ", " ", 1))


def wanted(files: dict[str, str], args: dict[str, Any]) -> dict[str, str | None]:
    """Return the files' texts as they must be; None removes a file that has become empty."""
    source = normal(args["repo"])
    new: dict[str, str | None] = {}
    there = False
    for path, text in files.items():
        lines = []
        for line in text.splitlines():
            match = _SOURCE.match(line.strip())
            if match is None or normal(match["source"]) != source:
                lines.append(line)
                continue
            if args["state"] == "absent":
                continue
            there = True
            lines.append(match["source"].strip() if match["off"] else line)
        if lines != text.splitlines():
            new[path] = (
                "".join(line + "\n" for line in lines) if lines or path == "/etc/apt/sources.list" else None
            )
    if args["state"] == "present" and not there:
        path = file_of(args)
        new[path] = (files.get(path) or "") + args["repo"] + "\n"
    return new


def file_of(args: dict[str, Any]) -> str:
    """Return the file for a new source: named by `filename`, else after its address, as Ansible names it."""
    name: str | None = args["filename"]
    if name is None:
        text = re.sub(r"\[[^\]]*\]", "", args["repo"])
        address = re.sub(r"^\w+://", "", text.split()[1])
        name = "_".join(re.sub(r"[^a-zA-Z0-9]", " ", address.rpartition("@")[2]).split())
    if not name.endswith(".list"):
        name += ".list"
    return name if name.startswith("/") else _FOLDER + name


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    files = changes[0]["files"] if changes else {}
    return {
        "repo": args["repo"],
        "state": args["state"],
        "sources_added": sorted(path for path in files if path not in state["files"]),
        "sources_removed": sorted(path for path, text in files.items() if text is None),
    }


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "before": state["files"].get(path) or "",
            "after": text or "",
            "before_header": path if path in state["files"] else "/dev/null",
            "after_header": "/dev/null" if text is None else path,
        }
        for path, text in sorted((changes[0]["files"] if changes else {}).items())
    ]
