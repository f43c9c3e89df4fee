"""Tells a run that is under way from one that was killed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from officefleet.durable.lock import FileLock, is_locked
from officefleet.errors import LedgerError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path


class RunLock:
    """A file that this process holds locked until it releases it or dies.

    Raises:
        LedgerError: the file cannot be made, or another process works on the run.

    """

    def __init__(self, ledger: Path, run: str) -> None:
        busy = LedgerError(_("another process works on the run {run}").format(run=run))
        self._lock = FileLock(_file(ledger, run), busy).__enter__()

    def release(self) -> None:
        """Let go and remove the file: no other run has its name."""
        self._lock.__exit__()
        with contextlib.suppress(OSError):
            self._lock.file.unlink()


def is_alive(ledger: Path, run: str) -> bool:
    """Return whether a process still works on a run."""
    return is_locked(_file(ledger, run))


def _file(ledger: Path, run: str) -> Path:
    return ledger.with_name(ledger.name + ".runs") / f"{run}.lock"
