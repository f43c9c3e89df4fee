"""Files on a host: what is there, which modes and owners are asked for. Standard library only.

Functions that start with `plan_`, `wanted_` or `predict_` are pure: they run on the controller as well.
"""

from __future__ import annotations

import os
import stat

from officefleet.agents.kit import Failed, Undecidable
from officefleet.agents.modes import octal, wanted_mode

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_ATTRIBUTES = ("chown", "chgrp", "chmod", "chattr")


def expand(path: str) -> str:
    """Return `path` with ``~`` and environment variables replaced."""
    return os.path.expanduser(os.path.expandvars(path))


def kind(path: str, *, follow: bool = False) -> str:
    """Return "absent", "file", "directory", "link" or "special"; a followed dangling link is "absent"."""
    found = look(path, follow=follow)
    return "absent" if found is None else kind_of(found.st_mode)


def kind_of(mode: int) -> str:
    """Return "file", "directory", "link" or "special" for the `st_mode` of something that exists."""
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "special"


def look(path: str, *, follow: bool = False) -> os.stat_result | None:
    """Return the stat of a path, or None when nothing is there.

    Raises:
        Failed: it cannot be known (permission, loop of links, damaged disk).

    """
    try:
        return os.stat(path, follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise Failed("cannot look at %s: %s" % (path, getattr(error, "strerror", None) or error)) from None


def describe(path: str, *, follow: bool = False, flags: bool = False) -> dict[str, Any]:
    """Return what is at `path`.

    Returns:
        {"kind": ...} as `kind` says, and unless absent "mode" (int, 12 bits), "uid", "gid", "owner", "group",
        "size" (bytes), "inode", "device", "nlink", for a link "target", and with `flags` "attributes".

    """
    found = look(path, follow=follow)
    if found is None:
        return {"kind": "absent"}
    state = {
        "kind": kind_of(found.st_mode),
        "mode": stat.S_IMODE(found.st_mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "owner": owner_name(found.st_uid),
        "group": group_name(found.st_gid),
        "size": found.st_size,
        "inode": found.st_ino,
        "device": found.st_dev,
        "nlink": found.st_nlink,
    }
    if state["kind"] == "link":
        state["target"] = os.readlink(path)
    if flags:
        from officefleet.agents import flags as chattr

        state["attributes"] = chattr.read(path)
    return state


def newborn(path: str) -> dict[str, Any]:
    """Return what the system gives to a new entry at `path`.

    Returns:
        {"umask", "uid", "gid", "owner", "group"}; a set-group-id folder hands its group down.

    """
    gid = os.getegid()
    parent = look(os.path.dirname(os.path.abspath(path)), follow=True)
    if parent is not None and parent.st_mode & stat.S_ISGID:
        gid = parent.st_gid
    uid = os.geteuid()
    return {"umask": umask(), "uid": uid, "gid": gid, "owner": owner_name(uid), "group": group_name(gid)}


def umask() -> int:
    """Return the process's file mode mask."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def owner_name(uid: int) -> str:
    """Return the user's name, or the number as text when it has none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """Return the group's name, or the number as text when it has none."""
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def find_uid(name: str) -> int:
    """Return a user's number; a number as text is taken as it is.

    Raises:
        Failed: no such user.

    """
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        if name.isdigit():
            return int(name)
        raise Failed("chown failed: failed to look up user %s" % name) from None


def find_gid(name: str) -> int:
    """Return a group's number; a number as text is taken as it is.

    Raises:
        Failed: no such group.

    """
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        if name.isdigit():
            return int(name)
        raise Failed("chgrp failed: failed to look up group %s" % name) from None


def look_up_owner(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return {"uid", "owner", "gid", "group"} for the owner and group that `args` name, as far as they do.

    Flags that `args` ask for (see `flags.wanted`) are handed on as "attributes".

    Raises:
        Failed: no such user or group.
        Undecidable: likewise in check mode, where an earlier task may be about to create it.

    """
    found: dict[str, Any] = {}
    try:
        if args.get("owner") is not None:
            found["uid"] = find_uid(args["owner"])
            found["owner"] = owner_name(found["uid"])
        if args.get("group") is not None:
            found["gid"] = find_gid(args["group"])
            found["group"] = group_name(found["gid"])
        if args.get("attributes"):
            found["attributes"] = args["attributes"]
    except Failed as error:
        if context.check:
            raise Undecidable(error.msg) from None
        raise
    return found


def predict_new(born: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return what `describe` would say of a new, empty entry of kind `what` before its attributes are set."""
    full = 0o777 if what == "directory" else 0o666
    return {
        "kind": what,
        "mode": 0o777 if what == "link" else full & ~born["umask"],
        "uid": born["uid"],
        "gid": born["gid"],
        "owner": born["owner"],
        "group": born["group"],
        "size": 0,
        "nlink": 1,
    }


def plan_attributes(
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
    mode: str | int | None,
    path: str,
    *,
    mask: int = 0o022,
) -> list[dict[str, Any]]:
    """Return the changes that bring owner, group and mode of `path` to what is asked.

    Args:
        found: `describe` of the path, or `predict_new`.
        wanted: what `look_up_owner` returned.
        mode: as a task gives it, or None.
        path: where.
        mask: the host's umask.

    Raises:
        Failed: `mode` is nonsense.

    """
    changes: list[dict[str, Any]] = []
    for operation, number, name in (("chown", "uid", "owner"), ("chgrp", "gid", "group")):
        if number in wanted and wanted[number] != found[number]:
            before, after = {name: found[number]}, {name: wanted[number]}
            change = {"op": operation, "path": path, number: wanted[number], "before": before, "after": after}
            changes.append(dict(change, name=wanted[name]))
    try:
        bits = wanted_mode(mode, found["mode"], is_directory=found["kind"] == "directory", mask=mask)
    except Failed as error:
        error.fields.setdefault("path", path)
        raise
    cleared = bool(changes) and bits & 0o6000 and found["kind"] == "file"  # chown takes the set-id bits away
    if found["kind"] != "link" and mode is not None and (bits != found["mode"] or cleared):
        before, after = {"mode": octal(found["mode"])}, {"mode": octal(bits)}
        changes.append({"op": "chmod", "path": path, "mode": bits, "before": before, "after": after})
    return changes + _plan_flags(found, wanted, path)


def _plan_flags(found: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Return the change of what chattr sets; what is not known of a file counts as no flags."""
    if not wanted.get("attributes") or found["kind"] == "link":
        return []
    from officefleet.agents import flags

    now = found.get("attributes") or ""
    goal = flags.wanted(wanted["attributes"], now)
    if goal == now:
        return []
    before, after = {"attributes": now}, {"attributes": goal}
    return [{"op": "chattr", "path": path, "attributes": goal, "before": before, "after": after}]


def predict_attributes(found: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what `describe` will say of a path once its attribute changes are made; others are ignored."""
    state = dict(found)
    for change in changes:
        if change["op"] == "chown":
            state.update(uid=change["uid"], owner=change["name"])
        elif change["op"] == "chgrp":
            state.update(gid=change["gid"], group=change["name"])
        elif change["op"] == "chmod":
            state["mode"] = change["mode"]
        elif change["op"] == "chattr":
            state["attributes"] = change["attributes"]
    return state


def facts(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with which Ansible ends the result of every module that makes a file."""
    what = "file" if state["kind"] == "special" else state["kind"]
    if state["kind"] == "file" and state["nlink"] > 1:
        what = "hard"
    return {
        "uid": state["uid"],
        "gid": state["gid"],
        "owner": state["owner"],
        "group": state["group"],
        "mode": octal(state["mode"]),
        "state": what,
        "size": state["size"],
    }


def apply_attribute(change: Mapping[str, Any]) -> bool:
    """Carry out a change of `plan_attributes`; return True when it was one.

    Raises:
        Failed: the system refuses it.

    """
    operation = change["op"]
    if operation not in _ATTRIBUTES:
        return False
    path = change["path"]
    if operation == "chattr":
        from officefleet.agents import flags

        flags.write(os.path.realpath(path) if change.get("follow", True) else path, change["attributes"])
        return True
    try:
        if operation == "chmod":
            os.chmod(path, change["mode"])
        elif operation == "chown":
            os.chown(path, change["uid"], -1, follow_symlinks=bool(change.get("follow")))
        else:
            os.chown(path, -1, change["gid"], follow_symlinks=bool(change.get("follow")))
    except OSError as error:
        raise Failed("%s failed: %s: %s" % (operation, path, error.strerror), path=path) from None
    return True


def read_bytes(path: str) -> bytes:
    """Return a file's content.

    Raises:
        Failed: it cannot be read.

    """
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise Failed("cannot read %s: %s" % (path, error.strerror)) from None


def digest(path: str, algorithm: str = "sha1") -> str:
    """Return the hexadecimal digest of a file's content.

    Raises:
        Failed: it cannot be read, or the host's Python does not know the algorithm.

    """
    import hashlib

    try:
        found = hashlib.new(algorithm)
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                found.update(block)
    except (OSError, ValueError) as error:
        raise Failed("cannot take the %s of %s: %s" % (algorithm, path, error)) from None
    return found.hexdigest()
