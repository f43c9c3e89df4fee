"""Reading tar and zip archives on a host as one list of entries. Standard library only."""

from __future__ import annotations

import os
import stat

from officefleet.agents import files
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any, Self

    from officefleet.agents.kit import Context

_ZSTD = b"\x28\xb5\x2f\xfd"
_TAR_HANDLERS = {
    b"\x1f\x8b": "TgzArchive",
    b"BZ": "TarBzipArchive",
    b"\xfd7": "TarXzArchive",
}


class Entry:
    """One entry: `name` relative to the archive's root, `kind`, and what is recorded of it.

    Attributes:
        name: cleaned path, without "." and leading slashes.
        kind: "file", "directory", "link" or "hard".
        mode: 12 bits, or None where the archive records none.
        uid: number, or None; `owner` the name that goes before it.
        gid: number, or None; `group` likewise.
        mtime: seconds since 1970.
        size: bytes.
        target: what a link leads to.
        member: tarfile's or zipfile's own object.

    """

    def __init__(self, name: str, kind: str, member: Any) -> None:
        self.name = name
        self.kind = kind
        self.member = member
        self.mode: int | None = None
        self.uid: int | None = None
        self.gid: int | None = None
        self.owner = self.group = self.target = ""
        self.mtime = 0.0
        self.size = 0


class Archive:
    """An open archive; use it with `with`.

    Attributes:
        handler: Ansible's name for the kind of archive.

    Raises:
        Failed: it is no archive that can be read, or an entry would leave the folder it is unpacked in.

    """

    def __init__(self, path: str, context: Context) -> None:
        import tarfile
        import zipfile

        self.temporary: str | None = None
        self.tar: Any = None
        self.zip: Any = None
        head = _head(path)
        try:
            if head.startswith(_ZSTD):
                self.handler = "TarZstdArchive"
                path = self.temporary = _unpack_zstd(path, context)
                self.tar = tarfile.open(path)  # noqa: SIM115  close() closes it
            elif zipfile.is_zipfile(path) and not tarfile.is_tarfile(path):
                self.handler = "ZipArchive"
                self.zip = zipfile.ZipFile(path)
            else:
                self.handler = _TAR_HANDLERS.get(head[:2], "TarArchive")
                self.tar = tarfile.open(path)  # noqa: SIM115  close() closes it
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
            self.close()
            raise Failed("Failed to find handler for %r: %s" % (path, error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive and remove what was unpacked on the way."""
        for one in (self.tar, self.zip):
            if one is not None:
                one.close()
        if self.temporary is not None:
            os.unlink(self.temporary)
            self.temporary = None

    def entries(self, strip: int = 0) -> Iterator[Entry]:
        """Yield the entries in their order.

        Args:
            strip: how many leading folders of each name go; entries that have no more are left out.

        Raises:
            Failed: an entry is damaged, is a device, or leads out of the folder.

        """
        import tarfile
        import zlib

        try:
            found = self._tar_entries() if self.zip is None else self._zip_entries()
            for entry in found:
                if strip:
                    entry.name = "/".join(entry.name.split("/")[strip:])
                    if entry.kind == "hard":
                        entry.target = "/".join(entry.target.split("/")[strip:])
                if entry.name:
                    yield entry
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise Failed("the archive is damaged: %s" % error) from None

    def _tar_entries(self) -> Iterator[Entry]:
        for member in self.tar:
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                raise Failed("the archive holds a device or pipe: %s" % member.name)
            kind = "directory" if member.isdir() else "link" if member.issym() else "file"
            entry = Entry(clean(member.name), "hard" if member.islnk() else kind, member)
            entry.mode = member.mode & 0o7777
            entry.uid, entry.gid, entry.owner, entry.group = (
                member.uid,
                member.gid,
                member.uname,
                member.gname,
            )
            entry.mtime, entry.size = float(member.mtime), member.size
            entry.target = clean(member.linkname) if member.islnk() else member.linkname
            yield entry

    def _zip_entries(self) -> Iterator[Entry]:
        import time

        for member in self.zip.infolist():
            recorded = member.external_attr >> 16
            is_unix = member.create_system == 3 and recorded  # noqa: PLR2004  3 is Unix (APPNOTE 4.4.2)
            kind = "directory" if member.is_dir() else "file"
            if is_unix and stat.S_ISLNK(recorded):
                kind = "link"
            entry = Entry(clean(member.filename), kind, member)
            entry.mode = stat.S_IMODE(recorded) & 0o777 if is_unix else None
            entry.mtime = time.mktime((*member.date_time, 0, 0, -1))
            entry.size = member.file_size
            if kind == "link":
                entry.target = os.fsdecode(self.zip.read(member))
            yield entry

    def open(self, entry: Entry) -> IO[bytes]:
        """Return a stream of a file's content."""
        stream: IO[bytes] = (
            self.zip.open(entry.member) if self.zip is not None else self.tar.extractfile(entry.member)
        )
        return stream


def clean(name: str) -> str:
    """Return an entry's name as a path below the folder it is unpacked in; "" for that folder itself.

    Raises:
        Failed: the name leads out of it.

    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    if ".." in parts or "\0" in name:
        raise Failed("the archive holds an entry that leads out of its folder: %s" % name)
    return "/".join(parts)


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(4)
    except OSError as error:
        raise Failed("cannot read %s: %s" % (path, error.strerror)) from None


def _unpack_zstd(path: str, context: Context) -> str:
    """Return a temporary file with the plain tar; Python has no zstd of its own before 3.14."""
    import tempfile

    from officefleet.agents import kit

    program = kit.need("zstd")
    descriptor, temporary = tempfile.mkstemp(prefix="of-")
    os.close(descriptor)
    done = context.run([program, "-q", "-d", "-f", "-o", temporary, "--", os.path.abspath(path)])
    if done.rc != 0:
        os.unlink(temporary)
        raise Failed("zstd cannot unpack %s: %s" % (path, done.err.strip()), rc=done.rc)
    return temporary


def same_content(stream: IO[bytes], path: str) -> bool:
    """Return whether a stream holds what a file holds."""
    with open(path, "rb") as other:
        while True:
            block = stream.read(1 << 20)
            if block != other.read(len(block) or 1):
                return False
            if not block:
                return True


def inside(folder: str, name: str) -> str:
    """Return the path of an entry below `folder`.

    Raises:
        Failed: a link on the way leads out of the folder.

    """
    path = os.path.join(folder, name)
    root = os.path.realpath(folder)
    parent = os.path.realpath(os.path.dirname(path))
    if parent != root and not parent.startswith(root.rstrip("/") + "/"):
        raise Failed("%s leads out of %s through a link" % (path, folder))
    return path


def look(path: str) -> dict[str, Any]:
    """Return `files.describe` of an entry's path with its "mtime" in seconds."""
    found = files.describe(path)
    status = files.look(path)
    return found if status is None else dict(found, mtime=status.st_mtime)
