"""What is known about earlier runs: written whole or not at all, read whatever it holds."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Any

from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(path: Path) -> dict[str, Any]:
    """Return a file's content, {} when there is none or it is nonsense."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, value: dict[str, Any]) -> None:
    """Write a file whole or not at all, closed to others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def note(path: Path, name: str, value: object) -> None:
    """Change one entry."""
    found = read(path)
    found[name] = value
    write(path, found)


def now() -> float:
    """Return this machine's time, in seconds since the epoch."""
    return time.time()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock that lets one backup, drill or upkeep run at a time; a dead holder's lock is free.

    Raises:
        BackupProblem: another one runs.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupProblem("busy") from None
        yield
