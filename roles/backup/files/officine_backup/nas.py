"""The NAS's side: what it holds, whether that is sound, and what may go. Clients can only add."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officine_backup import client, restic, retention, state
from officine_backup.problem import BackupProblem
from officine_backup.restic import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officine_backup.config import Config

_SNAPSHOTS = 400  # of one machine that the report lists, the newest
_BLOCK = 1 << 20
_QUIET, _ARRIVING = 5, 120  # seconds
_LEAST_FREE = 1 << 30  # bytes
_CLOCK_JUMP = 40 * 86400  # seconds without anything received, after which nothing is thrown away


def repository(config: Config, host: str, folder: Path | None = None) -> Repository:
    """Return a client's repository: on this NAS, or in a folder of a disk.

    Raises:
        BackupProblem: no such client.

    """
    if host not in config.clients:
        raise BackupProblem("no-client", host=host[:80])
    root = config.repositories if folder is None else folder
    return Repository(config.key_file, config.state / "cache", location=root / host, user=config.user)


def received(folder: Path) -> dict[str, float]:
    """Return snapshot id to when its file was written here: a client cannot choose that time."""
    try:
        return {one.name: one.stat().st_mtime for one in (folder / "snapshots").iterdir()}
    except OSError:
        return {}


def broken_files(folder: Path) -> Iterator[str]:
    """Yield the files of a repository whose content is not what their name says: restic names them by SHA-256.

    No key is needed. Reads everything. A file that is just arriving is waited for.
    """
    for part in ("data", "index", "snapshots", "keys"):
        for place, _folders, names in os.walk(folder / part):
            for name in names:
                path = Path(place) / name
                if _digest(path) != name and _settles(path) and _digest(path) != name:
                    yield str(path.relative_to(folder))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _settles(path: Path) -> bool:
    """Wait until nobody has written to a file for a few seconds; False when it went away, as a broken upload does."""
    for _second in range(_ARRIVING):
        try:
            if abs(state.now() - path.stat().st_mtime) > _QUIET:
                return True
        except FileNotFoundError:
            return False
        time.sleep(1)
    return True


def _must_be_whole(folder: Path) -> None:
    broken = list(broken_files(folder))
    if broken:
        raise BackupProblem("damaged", files=", ".join(broken[:3]), count=len(broken))


def check(config: Config, host: str, folder: Path | None = None) -> dict[str, Any]:
    """Check a whole repository: each file by its name, then restic's own check of its structure.

    Returns:
        ``{"at", "good", "newest"}``, and what is wrong.

    """
    where = repository(config, host, folder)
    place = Path(str(where.location))
    found: dict[str, Any] = {"at": state.now(), "good": False}
    newest = max(received(place), key=lambda one: received(place)[one], default="")
    try:
        _must_be_whole(place)
        restic.run(where, ["check", "--no-lock"])
    except BackupProblem as problem:
        return {**found, **problem.to_json()}
    except OSError as error:
        return {**found, "code": "disk-gone", "facts": {"reason": error.strerror or ""}}
    return {**found, "good": True, "newest": newest}


def prune(config: Config) -> dict[str, Any]:
    """Throw away what the retention lets go, of every client; then check what stays.

    Raises:
        BackupProblem: this machine's clock cannot be right.

    """
    with state.alone(config.state):
        gone: dict[str, int] = {}
        for host in config.clients:
            gone[host] = prune_one(config, repository(config, host), host, config.retention)
            if (config.repositories / host / "config").exists():
                state.note(config.state / "checks.json", host, check(config, host))
        state.note(config.state / "status.json", "pruned", {"at": state.now(), "gone": gone})
        return {"gone": gone}


def prune_one(config: Config, where: Repository, host: str, rule: dict[str, int]) -> int:
    """Throw away what is past its time in one repository; return how many snapshots went.

    Raises:
        BackupProblem: this machine's clock cannot be right, or the repository is damaged.

    """
    place = Path(str(where.location))
    if not (place / "config").exists():
        return 0
    times = received(place)
    listed = [one["id"] for one in client.listing(where, host)]
    known = [retention.Kept(one, times[one]) for one in listed if one in times]
    must_believe_clock(known, state.now(), config.host)
    old = retention.expired(known, rule, state.now())
    if old:
        restic.run(where, ["unlock"])
        restic.run(where, ["forget", *old])
        restic.run(where, ["prune", "--max-unused", "5%"])
    return len(old)


def must_believe_clock(found: list[retention.Kept], now: float, host: str) -> None:
    """Check that this machine's clock has not jumped.

    Raises:
        BackupProblem: what was received lies in the future, or all of it long ago.

    """
    newest = max((one.received for one in found), default=now)
    if newest > now + client.CLOCK_SECONDS or now - newest > _CLOCK_JUMP:
        raise BackupProblem("clock-nas", host=host, seconds=round(now - newest))


def health(folder: Path) -> dict[str, Any]:
    """Say whether the place of the repositories can be written, as ``{"free", "code"}``; code "" when all is well."""
    try:
        about = os.statvfs(folder)
        free = about.f_bavail * about.f_frsize
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        codes = {28: "nas-full", 122: "nas-full", 30: "nas-read-only"}  # ENOSPC, EDQUOT, EROFS
        return {"free": None, "code": codes.get(error.errno or 0, "nas-disk-gone")}
    return {"free": free, "code": "" if free > _LEAST_FREE else "nas-nearly-full"}


def report(config: Config) -> dict[str, Any]:
    """Return all that `officefleet backup audit` wants to know of this pharmacy, without reading data.

    Snapshots are told from the files' names and times, so that no key is needed.
    """
    checks = state.read(config.state / "checks.json")
    hosts = {}
    for host in config.clients:
        times = sorted(received(config.repositories / host).items(), key=lambda one: one[1])
        hosts[host] = {"snapshots": times[-_SNAPSHOTS:], "check": checks.get(host)}
    return {
        "version": 1,
        "pharmacy": config.pharmacy,
        "nas": config.host,
        "now": state.now(),
        "policy": config.policy,
        "health": health(config.repositories),
        "hosts": hosts,
        "disks": state.read(config.state / "disks.json"),
        "known_disks": [{"name": one["name"], "holder": one.get("holder")} for one in config.disks],
        "status": state.read(config.state / "status.json"),
        "mirrors": mirrors(),
    }


def mirrors() -> list[dict[str, Any]]:
    """Return the md mirrors of this machine: ``{"name", "disks", "working"}``."""
    try:
        text = Path("/proc/mdstat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return parse_mdstat(text)


def parse_mdstat(text: str) -> list[dict[str, Any]]:
    """Return the RAID1 arrays of ``/proc/mdstat`` (Documentation/admin-guide/md.rst of the kernel)."""
    found: list[dict[str, Any]] = []
    name = ""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 2 and words[1] == ":" and "raid1" in words:  # noqa: PLR2004  name : active raid1
            name = words[0]
        elif name and words and words[-1].startswith("[") and set(words[-1]) <= set("[U_]"):
            found.append(
                {
                    "name": name,
                    "disks": len(words[-1]) - 2,
                    "working": words[-1].count("U"),
                    "rebuilding": False,
                }
            )
            name = ""
        elif found and ("recovery" in line or "resync" in line):
            found[-1]["rebuilding"] = True
    return found
