"""The rollouts' file: what was planned and what has been done; what is committed survives a power cut."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.durable.database import open_database, transaction
from officefleet.errors import LedgerError, RunError
from officefleet.i18n import _
from officefleet.rollout.states import Job, Outcome, PharmacyState, RolloutState, WaveCounts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_MIGRATIONS = (
    """
CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, started REAL NOT NULL, finished REAL, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', content TEXT NOT NULL, settings TEXT NOT NULL);
CREATE INDEX rollouts_by_name ON rollouts (name, id);
CREATE TABLE pharmacies (
    rollout INTEGER NOT NULL REFERENCES rollouts, wave INTEGER NOT NULL, position INTEGER NOT NULL,
    pharmacy TEXT NOT NULL, hosts TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', due REAL,
    tries INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', refused TEXT NOT NULL DEFAULT '[]',
    machines_ok INTEGER NOT NULL DEFAULT 0, run TEXT NOT NULL DEFAULT '', started REAL, finished REAL,
    PRIMARY KEY (rollout, pharmacy)) WITHOUT ROWID;
CREATE INDEX pharmacies_by_state ON pharmacies (rollout, state, wave, position);
""",
)


@dataclass(frozen=True, slots=True)
class Record:
    """A rollout as the file has it.

    Attributes:
        content: hash of all that its playbooks read.
        settings: what was asked for, as plain data; of extra variables only the names.

    """

    id: int
    name: str
    started: dt.datetime
    finished: dt.datetime | None
    state: RolloutState
    reason: str
    content: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A pharmacy of a rollout as the file has it; see `Outcome`."""

    pharmacy: str
    wave: int
    state: PharmacyState
    reason: str
    due: dt.datetime | None
    tries: int
    refused: tuple[str, ...]
    machines_ok: int
    run: str


class Store:
    """The file; one thread at a time.

    Raises:
        LedgerError: not such a file, or written by a newer officefleet.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        hint = _("it lies beside the ledger, which OFFICEFLEET_LEDGER names")
        self._sql = open_database(path, _MIGRATIONS, raising=LedgerError, hint=hint)

    def close(self) -> None:
        """Let go of the file."""
        self._sql.close()

    # --- rollouts -----------------------------------------------------------------------------------------

    def last(self, name: str = "") -> Record | None:
        """Return the latest rollout, of a name when one is given."""
        row = self._sql.execute(
            "SELECT * FROM rollouts WHERE name = ? OR ? = '' ORDER BY id DESC LIMIT 1", (name, name)
        ).fetchone()
        return _record(row) if row else None

    def latest(self) -> list[Record]:
        """Return the latest rollout of each name, the newest first."""
        rows = self._sql.execute(
            "SELECT * FROM rollouts WHERE id IN (SELECT max(id) FROM rollouts GROUP BY name) ORDER BY id DESC"
        )
        return [_record(row) for row in rows]

    def create(
        self,
        name: str,
        content: str,
        settings: Mapping[str, Any],
        waves: Sequence[Sequence[Job]],
        now: dt.datetime,
    ) -> Record:
        """Write a new rollout with all its pharmacies; an unfinished one of the same name is abandoned."""
        with transaction(self._sql):
            self._sql.execute(
                "UPDATE rollouts SET state = ?, finished = ? WHERE name = ? AND state IN (?, ?, ?)",
                (RolloutState.ABANDONED, now.timestamp(), name, *_UNFINISHED),
            )
            cursor = self._sql.execute(
                "INSERT INTO rollouts (name, started, state, content, settings) VALUES (?, ?, ?, ?, ?)",
                (name, now.timestamp(), RolloutState.RUNNING, content, json.dumps(settings)),
            )
            self._sql.executemany(
                "INSERT INTO pharmacies (rollout, wave, position, pharmacy, hosts) VALUES (?, ?, ?, ?, ?)",
                (
                    (cursor.lastrowid, job.wave, position, job.pharmacy, json.dumps(job.hosts))
                    for wave in waves
                    for position, job in enumerate(wave)
                ),
            )
        found = self.last(name)
        if found is None:  # cannot be: it has just been written
            raise LedgerError(_("the rollout {name} was not written").format(name=name))
        return found

    def go_on(self, rollout: int, *, retry: bool, at_once: bool = False) -> None:
        """Prepare a rollout for going on: what was under way when it was killed has its turn again.

        Args:
            rollout: its id.
            retry: so do pharmacies that failed or were refused.
            at_once: so do deferred pharmacies; else only those that had no time for their next turn.

        """
        again = [PharmacyState.RUNNING, *([PharmacyState.FAILED, PharmacyState.REFUSED] if retry else [])]
        with transaction(self._sql):
            for state in again:
                self._sql.execute(
                    "UPDATE pharmacies SET state = ?, due = NULL WHERE rollout = ? AND state = ?",
                    (PharmacyState.PENDING, rollout, state),
                )
            self._sql.execute(
                "UPDATE pharmacies SET state = ?, due = NULL WHERE rollout = ? AND state = ? AND (due IS NULL OR ?)",
                (PharmacyState.PENDING, rollout, PharmacyState.DEFERRED, at_once),
            )
            self._sql.execute(
                "UPDATE rollouts SET state = ?, reason = '', finished = NULL WHERE id = ?",
                (RolloutState.RUNNING, rollout),
            )

    def end(self, rollout: int, state: RolloutState, reason: str, now: dt.datetime) -> None:
        """Write how a rollout ended, or why it waits."""
        self._sql.execute(
            "UPDATE rollouts SET state = ?, reason = ?, finished = ? WHERE id = ?",
            (state, reason, None if state is RolloutState.WAITING else now.timestamp(), rollout),
        )

    # --- its pharmacies -----------------------------------------------------------------------------------

    def due(self, rollout: int, wave: int, now: dt.datetime, most: int) -> list[Job]:
        """Return pharmacies of the waves up to one whose turn it is, those of early waves first."""
        rows = self._sql.execute(
            "SELECT pharmacy, wave, hosts FROM pharmacies WHERE rollout = ? AND wave <= ?"
            " AND (state = ? OR (state = ? AND due <= ?)) ORDER BY wave, position LIMIT ?",
            (rollout, wave, PharmacyState.PENDING, PharmacyState.DEFERRED, now.timestamp(), most),
        )
        return [Job(row["pharmacy"], row["wave"], tuple(json.loads(row["hosts"]))) for row in rows]

    def next_due(self, rollout: int, wave: int) -> dt.datetime | None:
        """Return when the next deferred pharmacy of the waves up to one has its turn."""
        row = self._sql.execute(
            "SELECT min(due) FROM pharmacies WHERE rollout = ? AND wave <= ? AND state = ?",
            (rollout, wave, PharmacyState.DEFERRED),
        ).fetchone()
        return _moment(row[0])

    def begin(self, rollout: int, pharmacy: str, now: dt.datetime) -> None:
        """Write that a pharmacy's turn has begun."""
        self._sql.execute(
            "UPDATE pharmacies SET state = ?, started = ? WHERE rollout = ? AND pharmacy = ?",
            (PharmacyState.RUNNING, now.timestamp(), rollout, pharmacy),
        )

    def settle(self, rollout: int, pharmacy: str, outcome: Outcome, now: dt.datetime) -> None:
        """Write how a pharmacy's turn ended."""
        self._sql.execute(
            "UPDATE pharmacies SET state = ?, reason = ?, due = ?, tries = tries + ?, refused = ?,"
            " machines_ok = max(machines_ok, ?), run = CASE WHEN ? = '' THEN run ELSE ? END, finished = ?"
            " WHERE rollout = ? AND pharmacy = ?",
            (outcome.state, outcome.reason, outcome.due.timestamp() if outcome.due else None,
             int(outcome.reached), json.dumps(outcome.refused), outcome.machines_ok, outcome.run, outcome.run,
             now.timestamp(), rollout, pharmacy),
        )  # fmt: skip

    def failed(self, rollout: int) -> dict[int, int]:
        """Return the number of failed pharmacies of each wave that has any."""
        rows = self._sql.execute(
            "SELECT wave, count(*) FROM pharmacies WHERE rollout = ? AND state = ? GROUP BY wave",
            (rollout, PharmacyState.FAILED),
        )
        return {row[0]: row[1] for row in rows}

    def counts(self, rollout: int) -> list[WaveCounts]:
        """Return each wave in figures."""
        waves: dict[int, dict[PharmacyState, tuple[int, int, int]]] = {}
        for row in self._sql.execute(
            "SELECT wave, state, count(*) AS size, sum(tries = 0) AS untried, sum(machines_ok) AS machines"
            " FROM pharmacies WHERE rollout = ? GROUP BY wave, state ORDER BY wave",
            (rollout,),
        ):
            state = PharmacyState(row["state"])
            waves.setdefault(row["wave"], {})[state] = (row["size"], row["untried"], row["machines"])
        return [
            WaveCounts(
                number,
                sum(size for size, _untried, _machines in found.values()),
                sum(untried for _size, untried, _machines in found.values()),
                sum(machines for _size, _untried, machines in found.values()),
                {state: size for state, (size, _untried, _machines) in found.items()},
            )
            for number, found in waves.items()
        ]

    def entries(self, rollout: int) -> Iterator[Entry]:
        """Yield every pharmacy of a rollout in the order of their turns."""
        for row in self._sql.execute(
            "SELECT * FROM pharmacies WHERE rollout = ? ORDER BY wave, position", (rollout,)
        ):
            yield Entry(
                row["pharmacy"],
                row["wave"],
                PharmacyState(row["state"]),
                row["reason"],
                _moment(row["due"]),
                row["tries"],
                tuple(json.loads(row["refused"])),
                row["machines_ok"],
                row["run"],
            )


_UNFINISHED = (RolloutState.RUNNING, RolloutState.WAITING, RolloutState.STOPPED)


def must_be_new(last: Record | None) -> None:
    """Refuse to begin a rollout while an earlier one of the same name has not finished.

    Raises:
        RunError: it has not.

    """
    if last is not None and last.state in _UNFINISHED:
        raise RunError(
            _("the rollout {name} of {day} has not finished").format(
                name=last.name, day=last.started.astimezone().strftime("%Y-%m-%d %H:%M")
            ),
            hint=_("--resume goes on with it, --anew begins again with every pharmacy"),
        )


def _record(row: sqlite3.Row) -> Record:
    return Record(
        row["id"],
        row["name"],
        dt.datetime.fromtimestamp(row["started"], tz=dt.UTC),
        _moment(row["finished"]),
        RolloutState(row["state"]),
        row["reason"],
        row["content"],
        json.loads(row["settings"]),
    )


def _moment(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
