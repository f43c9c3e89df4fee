"""unarchive on a POSIX host."""

from __future__ import annotations

import fnmatch
import os

from officefleet.agents import archives, files, modes
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from officefleet.agents.archives import Archive, Entry
    from officefleet.agents.kit import Context

_SAME_TIME = 1e-5  # seconds: what a float leaves of the nanoseconds
_STRIP = "--strip-components="


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    dest = files.expand(args["dest"])
    if args["creates"] is not None and os.path.lexists(files.expand(args["creates"])):
        message = "skipped, since %s exists" % args["creates"]
        return {"changed": False, "skipped": True, "msg": message}
    if not os.path.isdir(dest):
        _unknown(context, "dest '%s' must be an existing dir" % dest)
    strip = _strip(args)
    downloaded: str | None = None
    source = files.expand(args["src"])
    try:
        if "_blob" in args:
            source = context.blob(args["_blob"])
        elif "://" in args["src"]:
            source = downloaded = _download(args)
        elif not os.path.exists(source):
            _unknown(context, "Source '%s' does not exist" % source)
        with archives.Archive(source, context) as archive:
            return _unpack(archive, dest, strip, args, context)
    finally:
        if downloaded is not None:
            os.unlink(downloaded)


def _unknown(context: Context, message: str) -> None:
    if context.check:
        raise Undecidable(message)
    raise Failed(message)


def _strip(args: Mapping[str, Any]) -> int:
    """Return how many leading folders go."""
    count = 0
    for option in args["extra_opts"]:
        if not option.startswith(_STRIP) or not option[len(_STRIP) :].isdigit():
            raise Failed("extra_opts: %s is not understood here, only %sN" % (option, _STRIP))
        count = int(option[len(_STRIP) :])
    return count


def _download(args: Mapping[str, Any]) -> str:
    import shutil
    import tempfile

    from officefleet.agents import http

    with http.open_url(args["src"], validate=args["validate_certs"]) as response:
        descriptor, path = tempfile.mkstemp(prefix="of-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                shutil.copyfileobj(response, stream)
        except OSError as error:
            os.unlink(path)
            raise Failed("Failure downloading %s, %s" % (args["src"], error)) from None
    return path


def _unpack(
    archive: Archive, dest: str, strip: int, args: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    chosen = [entry for entry in archive.entries(strip) if _wanted(entry.name, args)]
    _refuse_escapes(chosen)
    unpacking = Unpacking(archive, dest, args, context)
    stale = [entry for entry in chosen if unpacking.differs(entry)]
    if not context.check:
        for entry in stale:
            unpacking.write(entry)
        for entry in reversed([entry for entry in stale if entry.kind == "directory"]):
            unpacking.finish_folder(entry)
    result: dict[str, Any] = {
        "changed": bool(stale),
        "dest": dest,
        "src": args.get("_source") or args["src"],
        "handler": archive.handler,
        **files.facts(files.describe(dest, follow=True)),
    }
    if args["list_files"]:
        result["files"] = [entry.name + ("/" if entry.kind == "directory" else "") for entry in chosen]
    if context.diff:
        names = [entry.name for entry in stale]
        result["diff"] = {"prepared": "".join("%s\n" % name for name in names)}
    return result


def _refuse_escapes(entries: list[Entry]) -> None:
    """Fail when the archive holds a link out of the folder and then something that would go through it."""
    out: list[str] = []
    for entry in entries:
        if any(entry.name.startswith(name + "/") for name in out):
            raise Failed("the archive holds an entry that leads out of its folder: %s" % entry.name)
        target = os.path.normpath(os.path.join(os.path.dirname(entry.name), entry.target))
        if entry.kind == "link" and target.startswith(("/", "..")):
            out.append(entry.name)


def _wanted(name: str, args: Mapping[str, Any]) -> bool:
    if args["include"]:
        return any(fnmatch.fnmatch(name, pattern) for pattern in args["include"])
    parts = name.split("/")
    upwards = [
        "/".join(parts[:end]) for end in range(1, len(parts) + 1)
    ]  # what is left out takes its content along
    return not any(
        fnmatch.fnmatch(one, pattern.rstrip("/")) for one in upwards for pattern in args["exclude"]
    )


class Unpacking:
    """Compares the entries of one archive with a folder and writes those that differ."""

    def __init__(self, archive: Archive, dest: str, args: Mapping[str, Any], context: Context) -> None:
        self.archive = archive
        self.dest = dest
        self.args = args
        self.asked = files.look_up_owner(args, context)
        self.is_root = os.geteuid() == 0
        self.mask = files.umask()

    def differs(self, entry: Entry) -> bool:
        """Return whether an entry is not in the folder as the archive and the task have it."""
        found = archives.look(archives.inside(self.dest, entry.name))
        if entry.kind == "hard":
            return found["kind"] == "absent" or not self.is_linked(entry, found)
        if found["kind"] != entry.kind:
            return True
        if self.args["keep_newer"] and entry.kind == "file" and found["mtime"] > entry.mtime:
            return False
        return self.attributes_differ(entry, found) or (
            entry.kind == "file" and self.content_differs(entry, found)
        )

    def attributes_differ(self, entry: Entry, found: Mapping[str, Any]) -> bool:
        uid, gid = self.owner(entry)
        if uid not in {None, found["uid"]} or gid not in {None, found["gid"]}:
            return True
        if entry.kind == "link":
            return bool(found["target"] != entry.target)
        return self.mode(entry, found["mode"]) != int(found["mode"])

    def content_differs(self, entry: Entry, found: Mapping[str, Any]) -> bool:
        if found["size"] != entry.size:
            return True
        if abs(found["mtime"] - entry.mtime) < _SAME_TIME:
            return False
        with self.archive.open(entry) as stream:
            return not archives.same_content(stream, os.path.join(self.dest, entry.name))

    def is_linked(self, entry: Entry, found: Mapping[str, Any]) -> bool:
        target = files.describe(archives.inside(self.dest, entry.target))
        return bool(target.get("inode") == found["inode"] and target.get("device") == found["device"])

    def owner(self, entry: Entry) -> tuple[int | None, int | None]:
        """Return the numbers that an entry's path shall have; None keeps what it gets."""
        uid, gid = self.asked.get("uid"), self.asked.get("gid")
        if self.is_root and uid is None:
            uid = _number(files.find_uid, entry.owner, entry.uid)
        if self.is_root and gid is None:
            gid = _number(files.find_gid, entry.group, entry.gid)
        return uid, gid

    def mode(self, entry: Entry, current: int) -> int:
        """Return the bits that an entry's path shall have."""
        bits = current if entry.mode is None else entry.mode
        if entry.mode is not None and not self.is_root:
            bits &= ~self.mask & 0o777
        is_directory = entry.kind == "directory"
        return modes.wanted_mode(self.args["mode"], bits, is_directory=is_directory, mask=self.mask)

    def write(self, entry: Entry) -> None:
        """Write one entry; what is there and of another kind gives way, a folder only when it is empty."""
        path = archives.inside(self.dest, entry.name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            kind = files.kind(path)
            if kind == "directory" and entry.kind != "directory":
                os.rmdir(path)
            elif kind not in {"absent", "directory"} and (entry.kind != "file" or kind != "file"):
                os.unlink(path)
            _WRITERS[entry.kind](self, entry, path)
        except OSError as error:
            raise Failed("failed to unpack %s: %s" % (path, error.strerror), dest=self.dest) from None

    def write_folder(self, _entry: Entry, path: str) -> None:
        if not os.path.isdir(path):
            os.mkdir(path, 0o700)

    def finish_folder(self, entry: Entry) -> None:
        """Give a folder its owner, mode and time, once what is inside has been written."""
        path = archives.inside(self.dest, entry.name)
        uid, gid = self.owner(entry)
        os.chown(path, -1 if uid is None else uid, -1 if gid is None else gid)
        os.chmod(path, self.mode(entry, 0o777 & ~self.mask))
        os.utime(path, (entry.mtime, entry.mtime))

    def write_link(self, entry: Entry, path: str) -> None:
        os.symlink(entry.target, path)
        uid, gid = self.owner(entry)
        os.chown(path, -1 if uid is None else uid, -1 if gid is None else gid, follow_symlinks=False)

    def write_hard_link(self, entry: Entry, path: str) -> None:
        os.link(archives.inside(self.dest, entry.target), path, follow_symlinks=False)

    def write_file(self, entry: Entry, path: str) -> None:
        """Write beside and rename, so that a program that runs keeps its old file."""
        import shutil

        temporary = os.path.join(os.path.dirname(path), ".of-%d-%s" % (os.getpid(), os.urandom(6).hex()))
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream, self.archive.open(entry) as content:
                shutil.copyfileobj(content, stream, 1 << 20)
            uid, gid = self.owner(entry)
            os.chown(temporary, -1 if uid is None else uid, -1 if gid is None else gid)
            os.chmod(temporary, self.mode(entry, 0o666 & ~self.mask))
            os.utime(temporary, (entry.mtime, entry.mtime))
            os.rename(temporary, path)
        except BaseException:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise


_WRITERS = {
    "directory": Unpacking.write_folder,
    "file": Unpacking.write_file,
    "hard": Unpacking.write_hard_link,
    "link": Unpacking.write_link,
}


def _number(find: Any, name: str, number: int | None) -> int | None:
    """Return the number of a name that the host knows, else the archive's own number."""
    try:
        return int(find(name)) if name else number
    except Failed:
        return number
