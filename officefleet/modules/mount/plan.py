from __future__ import annotations

from officefleet.agents import textfile, writing
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FIELDS = 6


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is fstab's (`textfile.look`), "exists" (the mount point) and "mounted" (its source, or None)."""
    path, wanted, mounted = args["path"], args["state"], state["mounted"]
    changes = table(state, args)
    edited = bool(changes)
    if wanted in ("mounted", "ephemeral") and args["fstype"] != "swap":
        changes += mounting(state, args, edited=edited)
    elif wanted == "remounted":
        changes.append(act("remount" if mounted else "mount", args, mounted, mounted or "from fstab"))
    elif wanted in ("absent", "unmounted"):
        if mounted is not None:
            changes.append(act("umount", args, mounted, None))
        if wanted == "absent" and state["exists"] and changes:
            changes.append({"op": "rmdir", "path": path})
    return changes


def mounting(state: dict[str, Any], args: dict[str, Any], *, edited: bool) -> list[dict[str, Any]]:
    mounted = state["mounted"]
    if mounted is None:
        folder = [] if state["exists"] else [{"op": "mkdir", "path": args["path"]}]
        return [*folder, act("mount", args, None, args["src"])]
    if args["state"] == "ephemeral":
        if args["src"] not in (mounted, state["mounted_from"]):
            raise Failed("%s is mounted already, from %s" % (args["path"], mounted))
        return []
    return [act("remount", args, mounted, args["src"])] if edited else []


def act(operation: str, args: dict[str, Any], before: str | None, after: str | None) -> dict[str, Any]:
    return {
        "op": operation,
        "path": args["path"],
        "fstab": args["fstab"],
        "ephemeral": args["state"] == "ephemeral",
        "src": args["src"],
        "fstype": args["fstype"],
        "opts": args["opts"],
        "before": {"mounted": before},
        "after": {"mounted": after},
    }


def table(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the change of fstab, if any."""
    text = state["text"] or ""
    if args["state"] in ("present", "mounted"):
        new = put(text, args)
    elif args["state"] in ("absent", "absent_from_fstab"):
        new = "".join(line for line in text.splitlines(keepends=True) if not is_entry(line, args))
    else:
        return []
    if new == text:
        return []
    return writing.plan_text(state, {"backup": args["backup"]}, new)


def put(text: str, args: dict[str, Any]) -> str:
    """Return fstab with the entry at its first place, or at the end."""
    line = entry(args)
    found = []
    done = False
    for old in text.splitlines():
        if not is_entry(old, args):
            found.append(old)
        elif not done:
            found.append(old if old.split()[:_FIELDS] == line.split() else line)
            done = True
    if not done:
        found.append(line)
    new = "".join(one + "\n" for one in found)
    return text if new.rstrip("\n") == text.rstrip("\n") else new


def entry(args: dict[str, Any]) -> str:
    fields = [args["src"], args["path"], args["fstype"], options(args), args["dump"], args["passno"]]
    return " ".join(escape(field) for field in fields)


def options(args: dict[str, Any]) -> str:
    text: str = args["opts"] or "defaults"
    if not args["boot"] and "noauto" not in text.split(","):
        text += ",noauto"
    return text


def escape(text: str) -> str:
    return text.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("#", "\\043")


def is_entry(line: str, args: dict[str, Any]) -> bool:
    fields = line.split()
    if len(fields) < _FIELDS - 2 or fields[0].startswith("#"):
        return False
    if args["fstype"] == "swap":
        return fields[2] == "swap" and fields[0] == escape(args["src"] or "")
    return fields[1].rstrip("/") == escape(args["path"]).rstrip("/")


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    found = {
        "name": args["path"],
        "fstab": args["fstab"],
        "boot": "yes" if args["boot"] else "no",
        "opts": options(args),
        "dump": args["dump"],
        "passno": args["passno"],
    }
    for name in ("src", "fstype"):
        if args[name] is not None:
            found[name] = args[name]
    return found


def diff(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, str]:
    return textfile.differences(state, changes)
