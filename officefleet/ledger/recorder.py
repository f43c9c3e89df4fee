"""The ledger as a subscriber: every event of a run that is worth keeping becomes a row."""

from __future__ import annotations

import platform
import sqlite3
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from officefleet.engine.events import HostFinished, Note, PlayStarted, RunFinished, RunStarted, TaskFinished
from officefleet.errors import LedgerError
from officefleet.ledger import query
from officefleet.ledger.alive import RunLock
from officefleet.ledger.database import open_ledger
from officefleet.ledger.rows import as_json, is_recorded, result_row, words
from officefleet.ledger.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from officefleet.engine.events import Event


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the ledger keeps of a run beside its events.

    Attributes:
        content: hash of all that the playbooks read.
        limit: the ``--limit``.
        options: what else was asked for, without secrets.
        resumed_from: the run that this one goes on with.

    """

    content: str = ""
    limit: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    resumed_from: str | None = None


class Recorder:
    """Records one run; use it as a context manager.

    Args:
        path: the ledger.
        facts: see `RunFacts`.
        pharmacy_of: gives a host's pharmacy, or None.
        warn: told once when the ledger can no longer be written.

    Attributes:
        run_id: the run's id, "" before it has begun.

    Raises:
        LedgerError: the ledger cannot be opened.

    """

    def __init__(
        self,
        path: Path,
        facts: RunFacts,
        *,
        pharmacy_of: Callable[[str], str | None],
        warn: Callable[[str], None],
    ) -> None:
        self._path = path
        self._facts = facts
        self._pharmacy_of = pharmacy_of
        self._connection = open_ledger(path)
        self._writer = Writer(self._connection, self._write, warn)
        self._lock: RunLock | None = None
        self._run = ""
        self._play = 0
        self.run_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._writer.close()
        with suppress(sqlite3.Error):
            self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def usual_seconds(self, playbooks: Sequence[str], *, check: bool) -> float | None:
        """Return how long such runs took so far (see `query.usual_seconds`); before the run begins."""
        try:
            return query.usual_seconds(self._connection, playbooks, self._facts.limit, check=check)
        except sqlite3.Error:
            return None

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self.run_id = event.run
            with suppress(LedgerError):  # then the run looks interrupted while it goes on; nothing worse
                self._lock = RunLock(self._path, event.run)
        if is_recorded(event):
            self._writer.put(event)

    # --- in the writer's thread ---------------------------------------------------------------------------

    def _write(self, ledger: sqlite3.Connection, event: Event) -> None:
        if isinstance(event, TaskFinished):
            self._result(ledger, event)
        elif isinstance(event, HostFinished):
            ledger.execute(
                "INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._run, self._play, event.host, self._pharmacy_of(event.host), event.status.value, event.at,
                 event.round_trips, event.sent, event.received),
            )  # fmt: skip
        elif isinstance(event, PlayStarted):
            self._play = event.number
            ledger.execute(
                "INSERT OR REPLACE INTO plays VALUES (?, ?, ?, ?, ?, ?)",
                (self._run, event.number, event.play, str(event.mark), event.at, len(event.hosts)),
            )
        elif isinstance(event, Note):
            ledger.execute(
                "INSERT INTO notes (run, at, host, place, text) VALUES (?, ?, ?, ?, ?)",
                (self._run, event.at, event.host, str(event.mark or ""), event.text),
            )
        elif isinstance(event, RunStarted):
            self._start(ledger, event)
        elif isinstance(event, RunFinished):
            self._finish(ledger, event)

    def _start(self, ledger: sqlite3.Connection, event: RunStarted) -> None:
        self._run = event.run
        facts = self._facts
        playbooks = [str(Path(name).resolve()) for name in event.playbooks]
        ledger.execute(
            "INSERT INTO runs (id, started, state, user, controller, version, playbooks, content, limit_pattern,"
            " options, check_mode, resumed_from) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (event.run, event.at, event.user, platform.node(), version("officefleet"), as_json(playbooks),
             facts.content, facts.limit, as_json(facts.options), int(event.check), facts.resumed_from),
        )  # fmt: skip

    def _result(self, ledger: sqlite3.Connection, event: TaskFinished) -> None:
        cursor = ledger.execute(
            "INSERT INTO results (run, play, host, task, module, position, place, handler, status, at, seconds,"
            " result, diff) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._run, self._play, *result_row(event)),
        )
        text = words(event)
        if text is not None:
            ledger.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", (cursor.lastrowid, text))

    def _finish(self, ledger: sqlite3.Connection, event: RunFinished) -> None:
        ledger.executemany(
            "INSERT OR REPLACE INTO recaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self._run, host, *astuple(counts)) for host, counts in event.recap.items()],
        )
        ledger.execute(
            "UPDATE runs SET finished = ?, seconds = ?, state = ? WHERE id = ?",
            (event.at, event.seconds, _state(event), self._run),
        )


def _state(event: RunFinished) -> str:
    if event.interrupted:
        return "interrupted"
    if any(counts.failed for counts in event.recap.values()):
        return "failed"
    return "unreachable" if any(counts.unreachable for counts in event.recap.values()) else "ok"
