"""file on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import entries, files, writing
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context


def read(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["state"] or ("directory" if args["recurse"] else None)
    path = _path(args, wanted)
    if args["follow"] and wanted in {"directory", "file", "touch"} and os.path.islink(path):
        path = os.path.realpath(path)
    found = _describe(path, flags=bool(args.get("attributes")))
    state: dict[str, Any] = {
        "path": path,
        "named": files.expand(args["path"]),
        "found": found,
        "born": files.newborn(path),
        "wanted": files.look_up_owner(args, context),
        "parents": entries.missing_parents(path)
        if wanted == "directory" and found["kind"] == "absent"
        else [],
        "entries": list(_inside(path, flags=bool(args.get("attributes"))))
        if args["recurse"] and found["kind"] == "directory"
        else [],
        "times": _times(args),
        "source": None,
        "target": None,
    }
    if found["kind"] == "directory":
        state["empty"] = not os.listdir(path)
        if context.diff and wanted == "absent":
            state["content"] = _content(path)
    if wanted in {"link", "hard"} or found["kind"] == "link":
        state.update(_source(path, found, args, hard=wanted == "hard"))
    if context.check:
        _require_known(state, args, wanted)
    return state


def _require_known(state: Mapping[str, Any], args: Mapping[str, Any], wanted: str | None) -> None:
    """Raise Undecidable where the real run would fail unless an earlier task makes what is missing."""
    if wanted in {None, "file"} and state["found"]["kind"] == "absent":
        raise Undecidable("%s does not exist yet" % state["path"])
    missing = state["source"] is not None and args["src"] is not None and not state["source"]["exists"]
    if wanted in {"link", "hard"} and missing and not args["force"]:
        raise Undecidable("%s does not exist yet" % state["source"]["path"])
    folder = os.path.dirname(state["path"])
    if wanted in {"link", "hard", "touch"} and not os.path.isdir(folder):
        raise Undecidable("%s does not exist yet" % folder)


def _path(args: Mapping[str, Any], wanted: str | None) -> str:
    """Return the path that is meant; a folder with a `src` stands for that name inside it."""
    path = files.expand(args["path"]).rstrip("/") or "/"
    if args["src"] is not None and wanted not in {"link", "absent"} and os.path.isdir(path):
        return os.path.join(path, os.path.basename(args["src"]))
    return path


def _describe(path: str, *, flags: bool) -> dict[str, Any]:
    """Return `files.describe` with times."""
    found = files.describe(path, flags=flags)
    stat = files.look(path)
    if stat is not None:
        found.update(atime=stat.st_atime, mtime=stat.st_mtime)
    return found


def _inside(path: str, *, flags: bool) -> list[dict[str, Any]]:
    """Return what a folder holds at any depth, light descriptions; links are not followed."""
    from officefleet.agents import flags as chattr

    entries_found = []
    for folder, folders, names in os.walk(path):
        for name in sorted(folders + names):
            inner = os.path.join(folder, name)
            stat = files.look(inner)
            if stat is not None:
                entries_found.append(
                    {
                        "path": inner,
                        "kind": files.kind_of(stat.st_mode),
                        "mode": stat.st_mode & 0o7777,
                        "uid": stat.st_uid,
                        "gid": stat.st_gid,
                        "atime": stat.st_atime,
                        "mtime": stat.st_mtime,
                        "attributes": chattr.read(inner) if flags else None,
                    }
                )
    return entries_found


def _content(path: str) -> dict[str, list[str]]:
    """Return Ansible's list of what a removal takes along."""
    content: dict[str, list[str]] = {"directories": [], "files": []}
    for folder, folders, names in os.walk(path):
        content["directories"] += [os.path.join(folder, name) for name in folders]
        content["files"] += [os.path.join(folder, name) for name in names]
    return content


def _source(path: str, found: Mapping[str, Any], args: Mapping[str, Any], *, hard: bool) -> dict[str, Any]:
    """Return {"source": where the link leads and whether that exists, "target": what is there or None}."""
    name = files.expand(args["src"]) if args["src"] is not None else found.get("target", "")
    folder = path if found["kind"] == "directory" and not hard else os.path.dirname(path)
    source = os.path.join(folder, name)
    target = files.describe(source, follow=not hard) if name else {"kind": "absent"}
    exists = target["kind"] != "absent"
    return {"source": {"path": source, "exists": exists}, "target": target if exists else None}


def _times(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"atime": ..., "mtime": ...}: None to keep, "now", or seconds since 1970."""
    usual = "now" if args["state"] == "touch" else "preserve"
    return {
        name: _moment(args[argument] or usual, args[argument + "_format"])
        for name, argument in (("mtime", "modification_time"), ("atime", "access_time"))
    }


def _moment(text: str, pattern: str) -> float | str | None:
    if text == "preserve":
        return None
    if text == "now":
        return "now"
    import time

    try:
        return time.mktime(time.strptime(text, pattern))
    except (ValueError, OverflowError):
        problem = "time data %r does not match format %r" % (text, pattern)
        message = "Error while obtaining timestamp for time %s using format %s: %s" % (text, pattern, problem)
        raise Failed(message) from None


def apply(change: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if entries.apply_entry(change):
        return {}
    if change["op"] == "write":
        _require_folder(change["path"])
    if change["op"] != "utime":
        return writing.apply(change, context)
    import time

    now = time.time()
    path = change["path"]
    try:
        found = os.stat(path)
        wanted = {"atime": found.st_atime, "mtime": found.st_mtime}
        for name, value in change["after"].items():
            wanted[name] = now if value == "now" else value
        os.utime(path, (wanted["atime"], wanted["mtime"]))
    except OSError as error:
        raise Failed("Error while updating times of %s: %s" % (path, error.strerror), path=path) from None
    return {}


def _require_folder(path: str) -> None:
    if not os.path.isdir(os.path.dirname(path) or "."):
        text = "Error, could not touch target: [Errno 2] No such file or directory: b'%s'" % path
        raise Failed(text, path=path)


def report(
    args: Mapping[str, Any], state: Mapping[str, Any], changes: list[dict[str, Any]], context: Context
) -> dict[str, Any]:
    """Add the size of a new folder, which only its file system knows."""
    made = any(change["op"] == "mkdir" for change in changes)
    return {"size": os.lstat(state["path"]).st_size} if made and not context.check else {}
