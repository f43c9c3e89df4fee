"""stat on a POSIX host."""

from __future__ import annotations

import os
import stat

from officefleet.agents import files
from officefleet.agents.kit import Failed


def run(args, context):
    path = files.expand(args["path"])
    try:
        found = os.stat(path) if args["follow"] else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"changed": False, "stat": {"exists": False}}
    except OSError as error:
        raise Failed("%s: %s" % (path, error.strerror)) from None
    return {"changed": False, "stat": dict(facts(path, found), **content(path, found, args))}


def facts(path, found):
    mode = found.st_mode
    bits = stat.S_IMODE(mode)
    known = {
        "exists": True, "path": path, "mode": files.octal(bits).zfill(4),
        "isdir": stat.S_ISDIR(mode), "isreg": stat.S_ISREG(mode), "islnk": stat.S_ISLNK(mode),
        "isblk": stat.S_ISBLK(mode), "ischr": stat.S_ISCHR(mode), "isfifo": stat.S_ISFIFO(mode),
        "issock": stat.S_ISSOCK(mode), "uid": found.st_uid, "gid": found.st_gid, "size": found.st_size,
        "inode": found.st_ino, "dev": found.st_dev, "nlink": found.st_nlink, "atime": found.st_atime,
        "mtime": found.st_mtime, "ctime": found.st_ctime, "block_size": found.st_blksize,
        "blocks": found.st_blocks, "device_type": found.st_rdev,
        "isuid": bool(bits & stat.S_ISUID), "isgid": bool(bits & stat.S_ISGID),
        "pw_name": files.owner_name(found.st_uid), "gr_name": files.group_name(found.st_gid),
        "readable": os.access(path, os.R_OK), "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
    }
    for letter, shift in (("u", 6), ("g", 3), ("o", 0)):
        name = {"u": "usr", "g": "grp", "o": "oth"}[letter]
        known["r" + name] = bool(bits >> shift & 4)
        known["w" + name] = bool(bits >> shift & 2)
        known["x" + name] = bool(bits >> shift & 1)
    return known


def content(path, found, args):
    known = {}
    if stat.S_ISLNK(found.st_mode):
        known["lnk_source"] = os.path.realpath(path)
        known["lnk_target"] = os.readlink(path)
    elif stat.S_ISREG(found.st_mode) and args["get_checksum"] and os.access(path, os.R_OK):
        known["checksum"] = files.digest(path, args["checksum_algorithm"])
    return known
