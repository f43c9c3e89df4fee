"""One backup of this machine to the NAS, and what it takes back from there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officine_backup import canary, database, restic, sample, server, state
from officine_backup.problem import BackupProblem
from officine_backup.restic import Repository

if TYPE_CHECKING:
    from officine_backup.config import Config

CLOCK_SECONDS = 600  # beyond that the snapshot bears the NAS's time, and somebody is told
_ID = re.compile(r"[0-9a-f]{8,64}|latest")


def repository(config: Config, disk_folder: str = "") -> Repository:
    """Return this machine's repository: on the NAS, or in a folder of a disk that is plugged in."""
    cache = config.state / "cache"
    if disk_folder:
        return Repository(config.key_file, cache, location=Path(disk_folder))
    return Repository(
        config.key_file, cache, location_file=config.repository_file, certificate=config.certificate
    )


def run(config: Config) -> dict[str, Any]:
    """Back this machine up; what happened is written down, too.

    Raises:
        BackupProblem: it could not be; nothing of an earlier backup is touched.

    """
    with state.alone(config.state):
        begun = state.now()
        record = config.state / "status.json"
        try:
            done = _run(config)
        except BackupProblem as problem:
            state.note(record, "failure", {"at": begun, **problem.to_json()})
            raise
        done |= {"at": begun, "seconds": round(state.now() - begun, 1)}
        state.note(record, "success", done)
        state.note(record, "failure", None)
        return done


def _run(config: Config) -> dict[str, Any]:
    missing = [path for path in config.paths if not os.path.lexists(path)]
    if len(missing) == len(config.paths) and not config.databases:
        raise BackupProblem("nothing-there", paths=", ".join(missing))
    skew = state.now() - server.server_time(config.nas, config.certificate) if config.nas else 0.0
    where = repository(config)
    _open_or_make(where)
    staged = config.state / "staged"
    staged.mkdir(parents=True, exist_ok=True, mode=0o700)
    proofs = [_dump(entry, staged) for entry in config.databases]
    paths = [path for path in config.paths if path not in missing]
    chosen = sample.manifest(paths, config.sample)
    state.write(staged / "proof.json", {"files": chosen, "databases": proofs, "host": config.host})
    command = ["backup", "--json", "--host", config.host, "--tag", "officine", "--exclude-caches"]
    for pattern in config.exclude:
        command += ["--exclude", pattern]
    if config.upload_kib:
        command += ["--limit-upload", str(config.upload_kib)]
    if abs(skew) > CLOCK_SECONDS:
        right = time.localtime(state.now() - skew)
        command += ["--time", time.strftime("%Y-%m-%d %H:%M:%S", right)]
    ran = restic.run(where, [*command, "--", *paths, str(staged)], accept=(0, restic.SOME_FILES_UNREADABLE))
    summary = _summary(ran.out)
    warnings = [{"code": "path-missing", "facts": {"path": path}} for path in missing]
    bad = canary.changed(config)
    if bad:
        warnings.append({"code": "canary-changed", "facts": {"files": ", ".join(bad)}})
    if ran.code:
        warnings.append(
            {"code": "files-unreadable", "facts": {"said": ran.err.strip().splitlines()[0][:300]}}
        )
    if abs(skew) > CLOCK_SECONDS:
        warnings.append({"code": "clock-wrong", "facts": {"host": config.host, "seconds": round(skew)}})
    return {
        "snapshot": summary["snapshot_id"],
        "files": summary["total_files_processed"],
        "bytes": summary["total_bytes_processed"],
        "added": summary["data_added"],
        "databases": [one["name"] for one in proofs],
        "warnings": warnings,
    }


def _open_or_make(where: Repository) -> None:
    """Make the repository on first use; take away locks of runs that died."""
    try:
        restic.run(where, ["cat", "config", "--no-lock"])
    except BackupProblem as problem:
        if problem.code != "no-repository":
            raise
        restic.run(where, ["init", "--repository-version", "2"])
    restic.run(
        where, ["unlock"]
    )  # stale ones only: of this machine's dead processes, or older than half an hour


def _dump(entry: dict[str, Any], staged: Path) -> dict[str, Any]:
    name = str(entry["name"])
    return database.dump(database.Server.of(entry), name, staged / f"{name}.dump")


def _summary(out: str) -> dict[str, Any]:
    for line in reversed(out.splitlines()):
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and found.get("message_type") == "summary":
                return found
    raise BackupProblem("restic-failed", said="no summary")


def check_id(snapshot: str) -> str:
    """Return a snapshot's id as it may be given to restic.

    Raises:
        BackupProblem: it is none.

    """
    if not _ID.fullmatch(snapshot):
        raise BackupProblem("no-snapshot", snapshot=snapshot[:80])
    return snapshot


def listing(where: Repository, host: str) -> list[dict[str, Any]]:
    """Return a repository's snapshots of a host, oldest first.

    Returns:
        ``{"id", "time", "paths", "original"}``; `original` is the id on the medium that it was copied from.

    """
    return [
        {
            "id": one["id"],
            "time": one["time"],
            "paths": one["paths"],
            "original": one.get("original", one["id"]),
        }
        for one in restic.snapshots(where)
        if one.get("hostname") == host
    ]


def find(where: Repository, host: str, snapshot: str) -> dict[str, Any]:
    """Return one snapshot of a host, by the beginning of its id or "latest".

    Raises:
        BackupProblem: there is none.

    """
    check_id(snapshot)
    for one in reversed(listing(where, host)):
        if snapshot == "latest" or one["id"].startswith(snapshot):
            return one
    if snapshot == "latest":
        raise BackupProblem("no-repository")
    raise BackupProblem("no-snapshot", snapshot=snapshot)


def restore(where: Repository, host: str, snapshot: str, target: Path, include: list[str]) -> dict[str, Any]:
    """Restore a snapshot, or some paths of it, below a folder that is empty or not there yet.

    Raises:
        BackupProblem: the folder is not empty, the disk is too small, or the backup is damaged.

    """
    snapshot = str(find(where, host, snapshot)["id"])
    made = not target.exists()
    if not made and (not target.is_dir() or any(target.iterdir())):
        raise BackupProblem("target-not-empty", path=str(target))
    chosen = [word for path in include for word in ("--include", path)]
    command = ["restore", snapshot, "--target", str(target), "--verify", *chosen]
    try:
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BackupProblem("target-refused", path=str(target), reason=error.strerror or "") from None
        if not include:
            _must_fit(where, snapshot, target)
        restic.run(where, command)
    except BaseException as problem:
        _clear(target, folder_too=made)  # half a restore would be taken for a whole one
        if isinstance(problem, BackupProblem) and problem.code in ("disk-full", "disk-read-only"):
            raise BackupProblem("target-" + problem.code.removeprefix("disk-"), path=str(target)) from None
        raise
    count = sum(1 for _file in sample.files_under([str(target)]))
    if not count:
        _clear(target, folder_too=made)
        raise BackupProblem("nothing-restored", snapshot=snapshot)
    return {"snapshot": snapshot, "files": count, "target": str(target)}


def _must_fit(where: Repository, snapshot: str, target: Path) -> None:
    stats = json.loads(restic.run(where, ["stats", snapshot, "--json", "--mode", "restore-size"]).out)
    size, free = int(stats["total_size"]), shutil.disk_usage(target).free
    if size > free:
        raise BackupProblem("target-small", path=str(target), size=size, free=free)


def _clear(folder: Path, *, folder_too: bool) -> None:
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    if folder_too:
        with contextlib.suppress(OSError):
            folder.rmdir()
