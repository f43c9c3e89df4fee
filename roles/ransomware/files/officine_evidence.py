"""Collects what an investigator asks for first, into one archive; changes nothing else on the machine.

    officine_evidence.py ARCHIVE [DAYS]

Python 3.8, standard library only. Whatever cannot be read is named in the archive and does not stop the rest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

TYPE_CHECKING = False  # typing costs a third of the start
if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "processes.txt": ["ps", "auxwwf"],
    "sockets.txt": ["ss", "-tuanp"],
    "addresses.txt": ["ip", "address"],
    "routes.txt": ["ip", "route", "show", "table", "all"],
    "logins.txt": ["last", "-Faiw"],
    "units.txt": ["systemctl", "list-units", "--all", "--no-pager", "--plain"],
    "timers.txt": ["systemctl", "list-timers", "--all", "--no-pager"],
    "mounts.txt": ["findmnt", "--noheadings"],
    "packages.txt": ["dpkg-query", "-W"],
}
FILES = ("/etc/passwd", "/etc/group", "/etc/crontab", "/etc/hosts", "/etc/rc.local", "/var/log/auth.log")
FOLDERS = ("/etc/cron.d", "/etc/systemd/system", "/var/spool/cron/crontabs", "/root/.ssh")
LISTED = 200_000  # files, of which a list is kept
HASHED = 2_000  # small ones among them, whose content is hashed
SMALL = 1 << 20  # bytes
LARGEST = 64 << 20  # bytes of one part
NOTE = 65536  # bytes; a ransom note is read by a person
NOTE_FOLDERS = 3
NOTES = 20  # names of which a sample is kept
SYSTEM = ("/usr/", "/var/lib/", "/var/cache/", "/etc/")  # whose packages bring the same file to many folders


class Archive:
    """The archive, written part by part."""

    def __init__(self, path: str) -> None:
        self._tar = tarfile.open(path, "w:gz", compresslevel=3)  # noqa: SIM115  closed by `close`
        self.unread: list[str] = []

    def add(self, name: str, content: bytes) -> None:
        """Add a part; what is longer than is kept is cut, and said so."""
        if len(content) > LARGEST:
            self.unread.append(f"{name}: cut at {LARGEST} of {len(content)} bytes")
            content = content[:LARGEST]
        part = tarfile.TarInfo(name)
        part.size, part.mtime, part.mode = len(content), int(time.time()), 0o600
        self._tar.addfile(part, io.BytesIO(content))

    def close(self) -> None:
        """Write the end of the archive, and the list of what could not be read."""
        self.add("unread.txt", "\n".join(self.unread).encode("utf-8", "replace"))
        self._tar.close()


def run(archive: Archive, name: str, command: list[str]) -> None:
    """Add what a command prints."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
        )
        archive.add(name, done.stdout)
    except (OSError, subprocess.SubprocessError) as error:
        archive.unread.append(f"{name}: {error}")


def copy(archive: Archive, path: str) -> None:
    """Add a file."""
    try:
        with Path(path).open("rb") as stream:
            archive.add("files" + path, stream.read(LARGEST + 1))
    except OSError as error:
        archive.unread.append(f"{path}: {error}")


def executables(archive: Archive) -> None:
    """Add the hash of what each process runs, and the program itself when its file has been deleted."""
    lines, kept = [], set()
    for process in sorted(Path("/proc").glob("[0-9]*")):
        link = process / "exe"
        try:
            target = os.readlink(str(link))  # noqa: PTH115  Path.readlink is not in Python 3.8
            with link.open("rb") as stream:
                content = stream.read(LARGEST + 1)
        except OSError:
            continue  # a kernel thread, or it has ended
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"{process.name} {digest} {target}")
        if target.endswith(" (deleted)") and digest not in kept:
            kept.add(digest)
            archive.add(f"deleted/{digest[:16]}", content)
    archive.add("executables.txt", "\n".join(lines).encode("utf-8", "surrogateescape"))


def recent(archive: Archive, days: float) -> None:
    """Add the list of files of the last days, newest first, the small ones with their hash; and ransom notes."""
    since = time.time() - days * 86400
    found = []
    for path, status in _files("/"):
        if max(status.st_mtime, status.st_ctime) >= since:
            found.append((status.st_mtime, status.st_size, path))
    found.sort(reverse=True)
    lines, notes, hashed = [], {}, 0
    for modified, size, path in found[:LISTED]:
        digest = ""
        if size <= SMALL and hashed < HASHED:
            hashed += 1
            digest = _hash(path)
        lines.append(json.dumps([modified, size, digest, path], ensure_ascii=True))
        if 0 < size <= NOTE and not path.startswith(SYSTEM):
            notes.setdefault((Path(path).name, size), []).append(path)
    archive.add("recent.jsonl", "\n".join(lines).encode())
    for _key, paths in sorted(notes.items(), key=lambda one: -len(one[1]))[:NOTES]:
        if len({Path(path).parent for path in paths}) >= NOTE_FOLDERS:
            copy(archive, paths[0])


def _files(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files of one file system with their status."""
    device = os.lstat(root).st_dev
    waiting = [root]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if status.st_dev == device:
                            waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry.path, status
        except OSError:
            continue


def _hash(path: str) -> str:
    try:
        with Path(path).open("rb") as stream:
            return hashlib.sha256(stream.read(SMALL + 1)).hexdigest()
    except OSError:
        return ""


def main(arguments: list[str]) -> int:
    """Collect into the archive that is named."""
    os.umask(0o077)
    archive = Archive(arguments[0])
    archive.add("when.txt", time.strftime("%Y-%m-%dT%H:%M:%S%z\n").encode())
    for name, command in COMMANDS.items():
        run(archive, name, command)
    run(
        archive,
        "journal.txt",
        ["journalctl", "--no-pager", "-o", "short-iso", "--since", f"-{arguments[1]}d"],
    )
    for path in FILES:
        copy(archive, path)
    for folder in FOLDERS:
        for path, _status in _files(folder) if Path(folder).is_dir() else ():
            copy(archive, path)
    executables(archive)
    recent(archive, float(arguments[1]))
    archive.close()
    return 0


if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:2], *(sys.argv[2:3] or ["7"])]))
