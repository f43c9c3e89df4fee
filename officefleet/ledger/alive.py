"""Tells a run that is under way from one that was killed, on every system and without process ids."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class RunLock:
    """A file that this process holds locked until it releases it or dies; SQLite's own locks do the work.

    Raises:
        OSError: the file cannot be made.

    """

    def __init__(self, ledger: Path, run: str) -> None:
        self._file = _file(ledger, run)
        self._file.parent.mkdir(exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(
            self._file, timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            raise OSError(str(error)) from None

    def release(self) -> None:
        """Let go and remove the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        with contextlib.suppress(OSError):
            self._file.unlink()


def is_alive(ledger: Path, run: str) -> bool:
    """Return whether a process still works on a run."""
    file = _file(ledger, run)
    if not file.exists():
        return False
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return True
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return False


def _file(ledger: Path, run: str) -> Path:
    return ledger.with_name(ledger.name + ".runs") / f"{run}.lock"
