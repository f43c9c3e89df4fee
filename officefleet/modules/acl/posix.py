"""acl on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.kit import Context, Failed, Undecidable, which

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FIELDS = {2: ("etype", "permissions"), 3: ("etype", "entity", "permissions")}
_UNCHANGED = "*,*"  # setfacl --test: neither list of the file changes


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    path = files.expand(args["path"])
    if not os.path.lexists(path):
        if context.check:
            raise Undecidable("%s does not exist yet" % path)
        raise Failed("Path not found or not accessible.")
    tools = {name: which(name) for name in ("getfacl", "setfacl")}
    if None in tools.values():
        if context.check:
            raise Undecidable("setfacl is not installed yet; an earlier task may bring it")
        raise Failed("required program not found on the host: setfacl (package acl)")
    changed = False
    entry = _entry(args)
    if args["state"] != "query":
        command = [str(tools["setfacl"]), *_words(args, entry), path]
        tested = _must([command[0], "--test", *command[1:]], context)
        changed = any(line and not line.endswith(_UNCHANGED) for line in tested.splitlines())
        if changed and not context.check:
            _must(command, context)
    shown = [
        str(tools["getfacl"]),
        "--omit-header",
        "--absolute-names",
        *([] if args["follow"] else ["-P"]),
        path,
    ]
    if args["recursive"]:
        shown.insert(1, "--recursive")
    acl = [line for line in _must(shown, context).rstrip("\n").splitlines() if not line.startswith("#")]
    named = entry.partition("default:")[2] or entry
    message = "current acl" if args["state"] == "query" else "%s is %s" % (named, args["state"])
    return {"changed": changed, "msg": message, "acl": acl}


def _entry(args: dict[str, Any]) -> str:
    """Return the entry as setfacl takes it: [default:]type:who[:permissions]."""
    default, etype, entity, permissions = args["default"], args["etype"], args["entity"], args["permissions"]
    if args["entry"] is not None:
        parts = args["entry"].split(":")
        if parts[0] in ("d", "default"):
            default, parts = True, parts[1:]
        if args["state"] == "absent" and len(parts) == 2:  # noqa: PLR2004  type and who
            parts.append("")
        if len(parts) not in _FIELDS:
            raise Failed("'entry' MUST have 3 or 4 sections divided by ':'")
        known = dict(zip(_FIELDS[len(parts)], parts))  # noqa: B905  Python 3.8
        etype, entity, permissions = known["etype"], known.get("entity", ""), known["permissions"]
    if etype is None:
        return ""
    names = {"u": "user", "g": "group", "m": "mask", "o": "other"}
    words = [names.get(etype, etype), entity or ""]
    if args["state"] != "absent":
        words.append(permissions or "")
    return ("default:" if default else "") + ":".join(words)


def _words(args: dict[str, Any], entry: str) -> list[str]:
    words = ["-x" if args["state"] == "absent" else "-m", entry]
    if args["recursive"]:
        words.append("--recursive")
    if args["recalculate_mask"] != "default":
        words.append({"mask": "--mask", "no_mask": "--no-mask"}[args["recalculate_mask"]])
    if not args["follow"]:
        words.append("--physical")
    return words


def _must(command: list[str], context: Context) -> str:
    done = context.run(command, parse=True)
    if done.rc != 0:
        raise Failed(
            (done.err or done.out).strip(),
            rc=done.rc,
            cmd=" ".join(command),
            stdout=done.out,
            stderr=done.err,
        )
    return done.out
