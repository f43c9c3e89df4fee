"""The ledger's one writer: a thread that writes what has gathered, several times a second."""

from __future__ import annotations

import queue
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERVAL = 0.25  # seconds between two writes
_CAPACITY = 20_000  # events that may wait; a run that is faster than the disk waits, too
_PATIENCE = 5.0  # seconds that a run waits for a full queue before it goes on unrecorded
_STOP = object()


class Writer:
    """Hands jobs to `write`, in batches and in order; a job that cannot be written never ends the run.

    Args:
        connection: used by the writer's thread alone.
        write: writes one job inside a transaction.
        warn: told once, when the ledger can no longer be written (disk full, say).

    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Any], None],
        warn: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._write = write
        self._warn = warn
        self._queue: queue.Queue[Any] = queue.Queue(_CAPACITY)
        self._broken = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def put(self, job: Any) -> None:
        """Take a job; returns at once unless very many wait."""
        if self._broken.is_set():
            return
        try:
            self._queue.put(job, timeout=_PATIENCE)
        except queue.Full:
            self._break(_("too slow"))

    def close(self) -> None:
        """Write what is left, and end."""
        self._queue.put(_STOP)
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        first = self._queue.get()
        going = first is not _STOP
        if going:
            self._flush([first])  # that there is a run is known at once
        while going:
            batch = [self._queue.get()]
            if batch[0] is not _STOP:
                self._closing.wait(_INTERVAL)  # let more gather: a transaction costs far more than a row
            while True:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            going = batch[-1] is not _STOP
            if not self._broken.is_set():
                self._flush([job for job in batch if job is not _STOP])

    def _flush(self, jobs: list[Any]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._write(self._connection, job)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                try:
                    self._connection.execute("ROLLBACK")
                except sqlite3.Error:
                    self._connection.close()
            self._break(str(error))

    def _break(self, reason: str) -> None:
        if not self._broken.is_set():
            self._broken.set()
            self._warn(
                _("the ledger cannot be written ({reason}); the run goes on without it").format(reason=reason)
            )
