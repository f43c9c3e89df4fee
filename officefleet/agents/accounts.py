"""Users and groups of a host, as its name service and its shadow file have them. Standard library only."""

from __future__ import annotations

import grp
import pwd

from officefleet.agents.reading import assignments, read_lines, read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_SHADOW = ("password", "last_change", "minimum", "maximum", "warning", "inactive", "expires")


def find_user(name: str, *, local: bool) -> dict[str, Any] | None:
    """Return {"uid", "gid", "comment", "home", "shell"} of a user, or None; `local` looks at /etc/passwd alone."""
    if local:
        for line in read_lines("/etc/passwd"):
            fields = line.split(":")
            if fields[0] == name and len(fields) == len(
                ("name", "x", "uid", "gid", "gecos", "home", "shell")
            ):
                return {
                    "uid": int(fields[2]),
                    "gid": int(fields[3]),
                    "comment": fields[4],
                    "home": fields[5],
                    "shell": fields[6],
                }
        return None
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return {
        "uid": found.pw_uid,
        "gid": found.pw_gid,
        "comment": found.pw_gecos,
        "home": found.pw_dir,
        "shell": found.pw_shell,
    }


def find_shadow(name: str) -> dict[str, str]:
    """Return a user's line of /etc/shadow by field, {} when there is none or it may not be read."""
    for line in read_lines("/etc/shadow"):
        fields = line.split(":")
        if fields[0] == name:
            return dict(zip(_SHADOW, fields[1:]))  # noqa: B905  Python 3.8 has no strict
    return {}


def find_group(name: str, *, local: bool = False) -> dict[str, Any] | None:
    """Return {"name", "gid"} of a group given by name or number, or None."""
    if local:
        for line in read_lines("/etc/group"):
            fields = line.split(":")
            if fields[0] == name:
                return {"name": fields[0], "gid": int(fields[2])}
        return None
    try:
        found = grp.getgrnam(name)
    except KeyError:
        try:
            found = grp.getgrgid(int(name))
        except (KeyError, ValueError):
            return None
    return {"name": found.gr_name, "gid": found.gr_gid}


def groups_of(user: str, gid: int) -> list[str]:
    """Return the names of a user's groups but the primary one `gid`, sorted."""
    return sorted({one.gr_name for one in grp.getgrall() if user in one.gr_mem and one.gr_gid != gid})


def defaults() -> dict[str, str]:
    """Return what useradd takes when it is not told: {"home": parent folder, "shell", "skeleton", "mode"}."""
    found = assignments(read_text("/etc/default/useradd"))
    login: dict[str, str] = {}
    for line in read_lines("/etc/login.defs"):
        words = line.split()
        if len(words) > 1 and not words[0].startswith("#"):
            login[words[0]] = words[1]
    mode = login.get("HOME_MODE") or "%04o" % (0o777 & ~int(login.get("UMASK", "022"), 8))
    return {
        "home": found.get("HOME", "/home"),
        "shell": found.get("SHELL", "/bin/sh"),
        "skeleton": found.get("SKEL", "/etc/skel"),
        "mode": mode,
    }
