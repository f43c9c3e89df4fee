"""Reads the ledger: runs, one run's results, words in results, what a resumed run may leave out."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.errors import LedgerError, nearest
from officefleet.i18n import _
from officefleet.ledger.alive import is_alive
from officefleet.ledger.rows import as_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the ledger has it; times are seconds since the epoch.

    Attributes:
        state: running, ok, failed, unreachable, interrupted, or killed: it never ended and nobody works on it.

    """

    id: str
    started: float
    finished: float | None
    state: str
    user: str
    controller: str
    playbooks: tuple[str, ...]
    content: str
    limit: str
    check: bool
    resumed_from: str | None
    seconds: float | None

    @property
    def is_unfinished(self) -> bool:
        """Whether it stopped half-way."""
        return self.state in ("interrupted", "killed")


def runs(ledger: sqlite3.Connection, path: Path, *, limit: int = 20) -> list[Run]:
    """Return the latest runs, newest first."""
    rows = ledger.execute("SELECT * FROM runs ORDER BY started DESC, rowid DESC LIMIT ?", (limit,))
    return [_run(row, path) for row in rows]


def run(ledger: sqlite3.Connection, path: Path, run_id: str) -> Run:
    """Return a run by its id or the beginning of it.

    Raises:
        LedgerError: no such run, or several.

    """
    found = ledger.execute(
        "SELECT * FROM runs WHERE substr(id, 1, ?) = ? LIMIT 2", (len(run_id), run_id)
    ).fetchall()
    if not run_id or len(found) != 1:
        known = [row["id"] for row in ledger.execute("SELECT id FROM runs ORDER BY started DESC LIMIT 1000")]
        close = nearest(run_id, known)
        message = (
            _("several runs begin with {run!r}") if found and run_id else _("the ledger has no run {run!r}")
        )
        raise LedgerError(
            message.format(run=run_id),
            hint=_("did you mean {name}?").format(name=close)
            if close
            else _("see `officefleet ledger list`"),
        )
    return _run(found[0], path)


def last_unfinished(ledger: sqlite3.Connection, path: Path, playbooks: Sequence[str]) -> Run:
    """Return the last run of these playbooks (of any when there are none) that stopped half-way.

    Args:
        ledger: connection.
        path: its file.
        playbooks: absolute paths in order.

    Raises:
        LedgerError: there is none.

    """
    for row in ledger.execute(
        "SELECT * FROM runs WHERE state IN ('running', 'interrupted') ORDER BY started DESC, rowid DESC"
    ):
        one = _run(row, path)
        if one.is_unfinished and (not playbooks or one.playbooks == tuple(playbooks)):
            later = ledger.execute("SELECT state FROM runs WHERE resumed_from = ?", (one.id,)).fetchone()
            if later is None:
                return one
    raise LedgerError(
        _("no interrupted run of these playbooks is in the ledger"),
        hint=_("`officefleet ledger list` shows all runs; --resume RUN goes on with any of them"),
    )


def usual_seconds(
    ledger: sqlite3.Connection, playbooks: Sequence[str], limit: str, *, check: bool
) -> float | None:
    """Return how long the last runs of these playbooks on these hosts took (median), or None without any.

    Args:
        ledger: connection.
        playbooks: absolute paths in order.
        limit: the ``--limit``.
        check: whether in check mode.

    """
    rows = ledger.execute(
        "SELECT seconds FROM runs WHERE state IN ('ok', 'failed', 'unreachable') AND playbooks = ?"
        " AND limit_pattern = ? AND check_mode = ? AND resumed_from IS NULL ORDER BY started DESC LIMIT 5",
        (as_json(list(playbooks)), limit, int(check)),
    ).fetchall()
    return statistics.median(row["seconds"] for row in rows) if rows else None


def finished_hosts(ledger: sqlite3.Connection, run_id: str) -> dict[int, frozenset[str]]:
    """Return the hosts that came through each play, in this run or in those that it went on with."""
    found: dict[int, set[str]] = {}
    seen: set[str] = set()
    current: str | None = run_id
    while current is not None and current not in seen:
        seen.add(current)
        for row in ledger.execute("SELECT play, host FROM hosts WHERE run = ? AND status = 'ok'", (current,)):
            found.setdefault(row["play"], set()).add(row["host"])
        row = ledger.execute("SELECT resumed_from FROM runs WHERE id = ?", (current,)).fetchone()
        current = row["resumed_from"] if row else None
    return {number: frozenset(hosts) for number, hosts in found.items()}


def options(ledger: sqlite3.Connection, run_id: str) -> dict[str, Any]:
    """Return what a run was asked for beside its playbooks (see `RunFacts`)."""
    row = ledger.execute("SELECT options FROM runs WHERE id = ?", (run_id,)).fetchone()
    return dict(json.loads(row["options"])) if row else {}


def recap(ledger: sqlite3.Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the recap of a run's hosts; of one that was killed, counted from its results."""
    rows = ledger.execute("SELECT * FROM recaps WHERE run = ? ORDER BY host", (run_id,)).fetchall()
    if rows:
        return [{key: row[key] for key in row.keys() if key != "run"} for row in rows]  # noqa: SIM118  a Row iterates values
    counted = ledger.execute(
        "SELECT host, sum(status IN ('ok', 'changed', 'ignored')) ok, sum(status = 'changed') changed,"
        " sum(status = 'unreachable') unreachable, sum(status = 'failed') failed, sum(status = 'skipped') skipped,"
        " sum(status = 'rescued') rescued, sum(status = 'ignored') ignored"
        " FROM results WHERE run = ? GROUP BY host ORDER BY host",
        (run_id,),
    )
    return [dict(row) for row in counted]


def results(
    ledger: sqlite3.Connection, run_id: str, *, host: str = "", statuses: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return a run's results in the order in which they came; `result` and `diff` are decoded."""
    wanted = json.dumps(list(statuses))
    rows = ledger.execute(
        "SELECT * FROM results WHERE run = ? AND (? = '' OR host = ?)"
        " AND (? = '[]' OR status IN (SELECT value FROM json_each(?))) ORDER BY id",
        (run_id, host, host, wanted, wanted),
    )
    return [_result(row) for row in rows]


def notes(ledger: sqlite3.Connection, run_id: str) -> list[dict[str, Any]]:
    """Return the remarks of a run."""
    rows = ledger.execute("SELECT at, host, place, text FROM notes WHERE run = ? ORDER BY id", (run_id,))
    return [dict(row) for row in rows]


def search(ledger: sqlite3.Connection, text: str, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return the latest results whose text has all words of `text`; a word may be the beginning of one."""
    terms = " ".join('"' + term.replace('"', '""') + '"*' for term in text.split())
    if not terms:
        return []
    rows = ledger.execute(
        "SELECT results.*, runs.started FROM words JOIN results ON results.id = words.rowid"
        " JOIN runs ON runs.id = results.run WHERE words MATCH ? ORDER BY results.id DESC LIMIT ?",
        (terms, limit),
    )
    return [_result(row) for row in rows]


def _result(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    found["result"] = json.loads(found["result"])
    found["diff"] = json.loads(found["diff"]) if found["diff"] else None
    found["handler"] = bool(found["handler"])
    return found


def _run(row: sqlite3.Row, path: Path) -> Run:
    state = row["state"]
    if state == "running" and not is_alive(path, row["id"]):
        state = "killed"
    return Run(
        id=row["id"],
        started=row["started"],
        finished=row["finished"],
        state=state,
        user=row["user"],
        controller=row["controller"],
        playbooks=tuple(json.loads(row["playbooks"])),
        content=row["content"],
        limit=row["limit_pattern"],
        check=bool(row["check_mode"]),
        resumed_from=row["resumed_from"],
        seconds=row["seconds"],
    )
