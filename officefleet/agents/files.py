"""Files on a host: reading what is there, modes and owners, atomic writing. Standard library only."""

from __future__ import annotations

import os
import re
import stat

from officefleet.agents.kit import Failed

_SYMBOLIC = re.compile(r"^([ugoa]*)([-+=])([rwxXstugo]*)$")
_BITS = {"r": 0o4, "w": 0o2, "x": 0o1}
_SHIFT = {"u": 6, "g": 3, "o": 0}


def expand(path):
    """Return `path` with ``~`` and environment variables replaced."""
    return os.path.expanduser(os.path.expandvars(path))


def kind(path, follow=False):
    """Return "absent", "file", "directory", "link" or "special"; a dangling link is "link"."""
    try:
        found = os.stat(path) if follow else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except OSError as error:
        raise Failed("cannot look at %s: %s" % (path, error.strerror)) from None
    if stat.S_ISLNK(found.st_mode):
        return "link"
    if stat.S_ISDIR(found.st_mode):
        return "directory"
    return "file" if stat.S_ISREG(found.st_mode) else "special"


def describe(path, follow=False):
    """Return what is at `path`.

    Returns:
        {"kind": ..., and unless absent "mode" (int, 12 bits), "uid", "gid", "owner", "group", "size", "inode",
        "nlink", and for a link "target"}.

    """
    what = kind(path, follow)
    if what == "absent":
        return {"kind": "absent"}
    found = os.stat(path) if follow else os.lstat(path)
    state = {
        "kind": what,
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
    if what == "link":
        state["target"] = os.readlink(path)
    return state


def owner_name(uid):
    """Return the user's name, or the number as text when it has none."""
    import pwd  # noqa: PLC0415

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid):
    """Return the group's name, or the number as text when it has none."""
    import grp  # noqa: PLC0415

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def find_uid(name):
    """Return a user's number; a number as text is taken as it is.

    Raises:
        Failed: no such user.

    """
    import pwd  # noqa: PLC0415

    try:
        return pwd.getpwnam(str(name)).pw_uid
    except KeyError:
        if str(name).isdigit():
            return int(name)
        raise Failed("no such user: %s" % name) from None


def find_gid(name):
    """Return a group's number; a number as text is taken as it is.

    Raises:
        Failed: no such group.

    """
    import grp  # noqa: PLC0415

    try:
        return grp.getgrnam(str(name)).gr_gid
    except KeyError:
        if str(name).isdigit():
            return int(name)
        raise Failed("no such group: %s" % name) from None


def wanted_mode(mode, current, is_directory):
    """Return the mode bits that `mode` asks for.

    Args:
        mode: octal text ("0644"), number, or symbolic text ("u=rw,g+r"); None keeps the current one.
        current: the bits in force, or those that a new file would get.
        is_directory: what ``X`` looks at.

    Raises:
        Failed: `mode` is neither.

    """
    if mode is None:
        return current
    if isinstance(mode, int):
        return mode & 0o7777
    text = str(mode).strip()
    if re.match(r"^[0-7]+$", text):
        return int(text, 8) & 0o7777
    bits = current
    for clause in text.split(","):
        bits = _apply_clause(clause.strip(), bits, is_directory, mode)
    return bits


def _apply_clause(clause, bits, is_directory, whole):
    head = re.match(r"^[ugoa]*", clause).group(0)
    operations = re.findall(r"([-+=])([rwxXstugo]*)", clause[len(head):])
    if not operations or not re.match(r"^([ugoa]*)([-+=][rwxXstugo]*)+$", clause):
        raise Failed("bad mode %r: write it like '0644' or 'u=rw,g=r,o='" % (whole,))
    who = "ugo" if not head or "a" in head else head
    mask = 0
    if not head:
        mask = os.umask(0)
        os.umask(mask)
    for operator, letters in operations:
        for one in who:
            value = _letters(letters, bits, is_directory) & ~((mask >> _SHIFT[one]) & 7)
            shift = _SHIFT[one]
            special = 0
            if "s" in letters and one in "ug":
                special |= 0o4000 if one == "u" else 0o2000
            if "t" in letters and (one == "o" or not head or "a" in head):
                special |= 0o1000
            if operator == "=":
                keep_special = {"u": 0o4000, "g": 0o2000, "o": 0o1000}[one]
                bits = (bits & ~(0o7 << shift) & ~keep_special) | (value << shift) | special
            elif operator == "+":
                bits |= (value << shift) | special
            else:
                bits &= ~((value << shift) | special)
    return bits


def _letters(letters, bits, is_directory):
    value = 0
    for letter in letters:
        if letter in _BITS:
            value |= _BITS[letter]
        elif letter == "X" and (is_directory or bits & 0o111):
            value |= 0o1
        elif letter in _SHIFT:
            value |= (bits >> _SHIFT[letter]) & 0o7
    return value


def octal(bits):
    """Return mode bits as Ansible prints them, e.g. "0644"."""
    return "0%03o" % bits


def plan_attributes(state, args, path):
    """Return the changes that bring mode, owner and group of an existing or coming `path` to what `args` ask.

    Args:
        state: `describe` of the path, with "uid_wanted" and "gid_wanted" where read has looked names up.
        args: may hold "mode", "owner", "group".
        path: where.

    """
    changes = []
    is_directory = state["kind"] == "directory"
    if args.get("owner") is not None and state["uid"] != state.get("uid_wanted", state["uid"]):
        changes.append({"op": "chown", "path": path, "uid": state["uid_wanted"],
                        "before": {"owner": state["owner"]}, "after": {"owner": args["owner"]}})
    if args.get("group") is not None and state["gid"] != state.get("gid_wanted", state["gid"]):
        changes.append({"op": "chgrp", "path": path, "gid": state["gid_wanted"],
                        "before": {"group": state["group"]}, "after": {"group": args["group"]}})
    mode = wanted_mode(args.get("mode"), state["mode"], is_directory)
    if mode != state["mode"] or (args.get("mode") is not None and changes and mode & 0o6000):
        # a chown clears the set-id bits, so a mode that has them is set again after it
        if state["kind"] != "link":
            changes.append({"op": "chmod", "path": path, "mode": mode,
                            "before": {"mode": octal(state["mode"])}, "after": {"mode": octal(mode)}})
    return changes


def look_up_owner(args):
    """Return {"uid_wanted", "gid_wanted"} for the names in `args`; a name that does not exist fails."""
    found = {}
    if args.get("owner") is not None:
        found["uid_wanted"] = find_uid(args["owner"])
    if args.get("group") is not None:
        found["gid_wanted"] = find_gid(args["group"])
    return found


def apply_attribute(change):
    """Carry out a change of `plan_attributes`; return True when it was one."""
    operation = change["op"]
    try:
        if operation == "chmod":
            os.chmod(change["path"], change["mode"])
        elif operation == "chown":
            os.chown(change["path"], change["uid"], -1, follow_symlinks=False)
        elif operation == "chgrp":
            os.chown(change["path"], -1, change["gid"], follow_symlinks=False)
        else:
            return False
    except OSError as error:
        raise Failed("%s %s: %s" % (operation, change["path"], error.strerror)) from None
    return True


def read_bytes(path):
    """Return a file's content.

    Raises:
        Failed: it cannot be read.

    """
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise Failed("cannot read %s: %s" % (path, error.strerror)) from None


def digest(path, algorithm="sha1"):
    """Return the hexadecimal digest of a file's content."""
    import hashlib  # noqa: PLC0415

    found = hashlib.new(algorithm)
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def write_atomic(path, data=None, source=None, mode=None, uid=None, gid=None, in_place=False):
    """Replace a file so that a reader or a power cut sees the old or the new content, never a mix.

    Args:
        path: the file; a symbolic link is replaced by its target's new content through the link.
        data: the content (bytes), or
        source: path of a file whose content is copied.
        mode: bits of the new file; None keeps those of an existing file, else 0666 less the umask.
        uid: owner; None keeps that of an existing file.
        gid: group; likewise.
        in_place: overwrite instead of replace, for files that cannot be renamed over (mounted in a container).

    Raises:
        Failed: the folder does not exist, the disk is full, or the like; the old content stands.

    """
    path = os.path.realpath(path) if os.path.islink(path) else path
    folder = os.path.dirname(path) or "."
    temporary = os.path.join(folder, ".of-%d-%s" % (os.getpid(), os.urandom(6).hex()))
    try:
        before = os.stat(path) if os.path.exists(path) else None
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                _fill(stream, data, source)
                stream.flush()
                if before is not None or uid is not None or gid is not None:
                    _own(stream.fileno(), before, uid, gid)
                os.fchmod(stream.fileno(), _new_mode(mode, before))
            if in_place:
                _overwrite(path, temporary)
                os.unlink(temporary)
            else:
                os.rename(temporary, path)
        except BaseException:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise Failed("cannot write %s: %s" % (path, error.strerror)) from None


def _fill(stream, data, source):
    if source is None:
        stream.write(data)
        return
    with open(source, "rb") as origin:
        for block in iter(lambda: origin.read(1 << 20), b""):
            stream.write(block)


def _own(descriptor, before, uid, gid):
    owner = uid if uid is not None else (before.st_uid if before is not None else -1)
    group = gid if gid is not None else (before.st_gid if before is not None else -1)
    now = os.fstat(descriptor)
    if (owner not in (-1, now.st_uid)) or (group not in (-1, now.st_gid)):
        os.fchown(descriptor, owner, group)


def _new_mode(mode, before):
    if mode is not None:
        return mode
    if before is not None:
        return stat.S_IMODE(before.st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _overwrite(path, temporary):
    with open(temporary, "rb") as origin, open(path, "r+b" if os.path.exists(path) else "wb") as stream:
        for block in iter(lambda: origin.read(1 << 20), b""):
            stream.write(block)
        stream.truncate()


def backup(path):
    """Copy a file beside itself with a time stamp and return the copy's path."""
    import shutil  # noqa: PLC0415
    import time  # noqa: PLC0415

    copy = "%s.%d.%s~" % (path, os.getpid(), time.strftime("%Y-%m-%d@%H:%M:%S"))
    shutil.copy2(path, copy)
    found = os.stat(path)
    os.chown(copy, found.st_uid, found.st_gid)
    return copy
