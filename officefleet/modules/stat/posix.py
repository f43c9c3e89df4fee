"""stat on a POSIX host."""

from __future__ import annotations

import os
import stat

from officefleet.agents import files, modes

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_FLAGS = {  # letter of lsattr: (bit of linux/fs.h, word of Ansible)
    "s": (0x00000001, "zero"),
    "u": (0x00000002, "undelete"),
    "S": (0x00000008, "synchronous"),
    "D": (0x00010000, "dirsync"),
    "i": (0x00000010, "immutable"),
    "a": (0x00000020, "append"),
    "d": (0x00000040, "nodump"),
    "A": (0x00000080, "noatime"),
    "c": (0x00000004, "compressed"),
    "E": (0x00000800, "encrypted"),
    "j": (0x00004000, "journalled"),
    "I": (0x00001000, "indexed"),
    "t": (0x00008000, "notail"),
    "T": (0x00020000, "blockroot"),
    "e": (0x00080000, "extents"),
    "C": (0x00800000, "nocow"),
    "N": (0x10000000, "inline"),
}


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    path = files.expand(args["path"])
    found = files.look(path, follow=args["follow"])
    if found is None:
        return {"changed": False, "stat": {"exists": False}}
    known = {"exists": True, **facts(path, found), **more_facts(path, found), **_content(path, found, args)}
    if args["get_mime"]:
        known.update(_mime(path, context, follow=args["follow"]))
    if args["get_attributes"]:
        known.update(_attributes(path, found))
    return {"changed": False, "stat": known}


def facts(path: str, found: os.stat_result) -> dict[str, Any]:
    """Return the fields that stat and find share."""
    mode = found.st_mode
    bits = stat.S_IMODE(mode)
    known = {
        "path": path,
        "mode": modes.octal(bits),
        "isdir": stat.S_ISDIR(mode),
        "ischr": stat.S_ISCHR(mode),
        "isblk": stat.S_ISBLK(mode),
        "isreg": stat.S_ISREG(mode),
        "isfifo": stat.S_ISFIFO(mode),
        "islnk": stat.S_ISLNK(mode),
        "issock": stat.S_ISSOCK(mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "size": found.st_size,
        "inode": found.st_ino,
        "dev": found.st_dev,
        "nlink": found.st_nlink,
        "atime": found.st_atime,
        "mtime": found.st_mtime,
        "ctime": found.st_ctime,
        "pw_name": files.owner_name(found.st_uid),
        "gr_name": files.group_name(found.st_gid),
        "isuid": bool(bits & stat.S_ISUID),
        "isgid": bool(bits & stat.S_ISGID),
    }
    for name, shift in (("usr", 6), ("grp", 3), ("oth", 0)):
        for letter, bit in (("w", 2), ("r", 4), ("x", 1)):
            known[letter + name] = bool(bits >> shift & bit)
    return known


def more_facts(path: str, found: os.stat_result) -> dict[str, Any]:
    """Return the fields that only stat tells."""
    known: dict[str, Any] = {
        "blocks": found.st_blocks,
        "block_size": found.st_blksize,
        "device_type": found.st_rdev,
        "readable": os.access(path, os.R_OK),
        "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
    }
    if stat.S_ISLNK(found.st_mode):
        known["lnk_source"] = os.path.realpath(path)
        known["lnk_target"] = os.readlink(path)
    return known


def _content(path: str, found: os.stat_result, args: Mapping[str, Any]) -> dict[str, Any]:
    if stat.S_ISREG(found.st_mode) and args["get_checksum"] and os.access(path, os.R_OK):
        return {"checksum": files.digest(path, args["checksum_algorithm"])}
    return {}


def _mime(path: str, context: Context, *, follow: bool) -> dict[str, Any]:
    """Return the type of content as the program file tells it."""
    from officefleet.agents import kit

    program = kit.which("file")
    if program is not None:
        done = context.run(
            [program, "--brief", "--mime", "-L" if follow else "-h", "--", os.path.abspath(path)], parse=True
        )
        kind, _separator, rest = done.out.strip().partition(";")
        if done.rc == 0 and "/" in kind:
            return {"mimetype": kind, "charset": rest.partition("charset=")[2] or "unknown"}
    return {"mimetype": "unknown", "charset": "unknown"}


def _attributes(path: str, found: os.stat_result) -> dict[str, Any]:
    """Return the file system's flags, asked of the kernel as lsattr does (ioctl_iflags(2))."""
    nothing: dict[str, Any] = {"version": None, "attributes": [], "attr_flags": ""}
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return nothing
    import fcntl
    import struct

    size = struct.calcsize("l")  # the size is a part of the request's number
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return nothing
    try:
        answers = [
            struct.unpack(
                "I", fcntl.ioctl(descriptor, 0x80000001 | size << 16 | ord(letter) << 8, b"\0" * 8)[:4]
            )[0]
            for letter in "fv"
        ]
    except OSError:
        return nothing  # a file system without flags, such as tmpfs
    finally:
        os.close(descriptor)
    letters = [letter for letter, (bit, _word) in _FLAGS.items() if answers[0] & bit]
    return {
        "version": str(answers[1]),
        "attributes": [_FLAGS[letter][1] for letter in letters],
        "attr_flags": "".join(letters),
    }
