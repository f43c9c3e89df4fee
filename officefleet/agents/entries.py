"""Folders, links and removals on a host: the changes of modules that make more than files. Stdlib only."""

from __future__ import annotations

import os
import stat

from officefleet.agents import files
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

MAX_DIFF = 104_448  # bytes: Ansible's default limit for a file in a diff


def missing_parents(path: str) -> list[str]:
    """Return the folders that must be made before `path` exists as a folder, outermost first.

    Raises:
        Failed: a part of the path is something else than a folder.

    """
    missing: list[str] = []
    here = path.rstrip("/") or "/"
    while True:
        found = files.look(here, follow=True)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise Failed("%s already exists as a %s" % (here, files.kind_of(found.st_mode)), path=here)
        if found is not None or here in {"", "/"}:
            return missing[::-1]
        if os.path.lexists(here):
            raise Failed("%s is a link that leads nowhere" % here, path=here)
        missing.append(here)
        here = os.path.dirname(here)


def sample(path: str, side: str) -> dict[str, Any]:
    """Return a file's text for a diff, with Ansible's fields.

    Args:
        path: the file; nothing there counts as an empty text.
        side: "before" or "after".

    Returns:
        {side: text}, or {"dst_binary": 1}, {"dst_larger": limit in bytes}; "src_..." for the side "after".

    """
    end = "dst" if side == "before" else "src"
    found = files.look(path, follow=True)
    if found is None or not stat.S_ISREG(found.st_mode):
        return {side: ""}
    if found.st_size > MAX_DIFF:
        return {end + "_larger": MAX_DIFF}
    data = files.read_bytes(path)
    if b"\0" in data:
        return {end + "_binary": 1}
    return {side: data.decode("utf-8", "surrogateescape")}


def apply_entry(change: Mapping[str, Any]) -> bool:
    """Carry out mkdir, symlink, hardlink or remove; return True when the change was one of them.

    Raises:
        Failed: the system refuses it.

    """
    action = _ACTIONS.get(change["op"])
    if action is None:
        return False
    try:
        action(change)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Failed("%s %s: %s" % (change["op"], change["path"], reason), path=change["path"]) from None
    return True


def _mkdir(change: Mapping[str, Any]) -> None:
    path = change["path"]
    secret = change.get("mode") is not None and not change["mode"] & 0o077
    os.mkdir(path, 0o700 if secret else 0o777)
    if "uid" in change or "gid" in change:
        os.chown(path, change.get("uid", -1), change.get("gid", -1))
    if change.get("mode") is not None:
        os.chmod(path, change["mode"])


def _symlink(change: Mapping[str, Any]) -> None:
    _swap(change["path"], lambda temporary: os.symlink(change["target"], temporary))


def _hardlink(change: Mapping[str, Any]) -> None:
    _swap(change["path"], lambda temporary: os.link(change["target"], temporary, follow_symlinks=False))


def _swap(path: str, make: Callable[[str], None]) -> None:
    """Make an entry beside `path`, then let it take that path; an empty folder there is removed."""
    temporary = os.path.join(os.path.dirname(path) or ".", ".of-%d-%s" % (os.getpid(), os.urandom(6).hex()))
    make(temporary)
    try:
        if files.kind(path) == "directory":
            os.rmdir(path)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _remove(change: Mapping[str, Any]) -> None:
    path = change["path"]
    if files.kind(path) == "directory":
        import shutil

        shutil.rmtree(path)
    else:
        os.unlink(path)


_ACTIONS = {"mkdir": _mkdir, "symlink": _symlink, "hardlink": _hardlink, "remove": _remove}
