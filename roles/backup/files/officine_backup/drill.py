"""Proves a backup: files come back with the checksums that were taken before, databases with every row."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officine_backup import client, cluster, restic, sample, state
from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from officine_backup.config import Config
    from officine_backup.restic import Repository

_FILES = 25


def drill(
    config: Config, where: Repository, host: str, medium: str, snapshot: str = "latest"
) -> dict[str, Any]:
    """Restore a random sample of files and every database; nothing in use is touched. The outcome is written down.

    Args:
        config: of this machine.
        where: the repository.
        host: whose snapshots.
        medium: "nas", or the name of a disk; for the record.
        snapshot: an id, or "latest".

    Raises:
        BackupProblem: what came back is not what was backed up, or nothing did.

    """
    with state.alone(config.state):
        begun = state.now()
        record = {"at": begun, "host": host, "medium": medium, "good": False}
        try:
            done = _drill(config, where, host, snapshot)
        except BackupProblem as problem:
            state.note(config.state / "status.json", "drill", {**record, **problem.to_json()})
            raise
        record |= {"good": True, "seconds": round(state.now() - begun, 1), **done}
        state.note(config.state / "status.json", "drill", record)
        return record


def _drill(config: Config, where: Repository, host: str, snapshot: str) -> dict[str, Any]:
    found = client.find(where, host, snapshot)
    chosen = str(found["id"])
    staged = next((path for path in found["paths"] if path.endswith("/staged")), "/staged")
    with tempfile.TemporaryDirectory(prefix="drill-", dir=config.state) as place:
        target = Path(place)
        take(where, chosen, target, [staged])
        proof = state.read(Path(f"{target}{staged}") / "proof.json")
        if not proof:
            raise BackupProblem("no-proof", snapshot=chosen)
        files = _files(where, chosen, proof, target)
        tables = {
            one["name"]: _database(one, Path(f"{target}{staged}") / f"{one['name']}.dump")
            for one in proof.get("databases", [])
        }
    return {"snapshot": chosen, "files": files, "databases": tables}


def take(where: Repository, snapshot: str, target: Path, paths: list[str]) -> None:
    """Restore some paths below a folder; each means only itself."""
    restic.give(target, where.user)
    chosen = [word for path in paths for word in ("--include", _literal(path))]
    restic.run(where, ["restore", snapshot, "--target", str(target), "--verify", *chosen])


def _literal(path: str) -> str:
    """Return a path as a pattern that means only itself."""
    return "".join("\\" + one if one in "*?[\\" else one for one in path)


def _files(where: Repository, snapshot: str, proof: dict[str, Any], target: Path) -> int:
    """Restore some of the files whose checksums were taken; return how many were right.

    A file that was changed while the backup ran has another time of change than the one that was noted, or is not in
    the snapshot: it proves nothing either way.
    """
    expected: dict[str, Any] = proof.get("files", {})
    chosen = random.sample(sorted(expected), min(_FILES, len(expected)))
    if chosen:
        take(where, snapshot, target, chosen)
    wrong, right = [], 0
    for name in chosen:
        found = Path(f"{target}{name}")
        if not found.is_file():
            if _is_in(where, snapshot, name):
                wrong.append(name)
        elif found.stat().st_mtime_ns == expected[name]["mtime"]:
            if sample.checksum(found) == expected[name]["sha256"]:
                right += 1
            else:
                wrong.append(name)
    if wrong:
        raise BackupProblem("files-differ", files=", ".join(wrong[:5]), count=len(wrong))
    if chosen and not right:
        raise BackupProblem("no-proof", snapshot=snapshot)
    return right


def _is_in(where: Repository, snapshot: str, name: str) -> bool:
    return any(one.get("path") == name for one in restic.lines(where, ["ls", "--json", snapshot, name]))


def _database(proof: dict[str, Any], dump: Path) -> int:
    """Restore a database into a throwaway cluster; return how many tables are the same, row by row."""
    if not dump.exists():
        raise BackupProblem("database-missing", name=proof["name"])
    with cluster.throwaway(str(proof["user"])) as server:
        return cluster.compare(proof["tables"], cluster.restore(server, dump, proof["name"]), proof["name"])
