"""Which steps of a swap or a rebuild were begun and which are done, so that a crash at any moment loses nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.continuity.database import transaction

if TYPE_CHECKING:
    import sqlite3


class StepState(StrEnum):
    """Where a step stands."""

    BEGUN = "begun"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was begun."""

    name: str
    state: StepState
    begun: float
    ended: float | None
    note: str


class StepLog:
    """The steps of one table of the continuity file; every call is durable when it returns.

    Args:
        store: the open file.
        table: with the columns ``owner, name, state, begun, ended, note``, `owner` under its own name.
        owner: that name.

    """

    def __init__(self, store: sqlite3.Connection, table: str, owner: str) -> None:
        self._store = store
        self._select = f"SELECT * FROM {table} WHERE {owner} = ? ORDER BY begun, rowid"  # noqa: S608  names of ours
        self._insert = (
            f"INSERT INTO {table} ({owner}, name, state, begun) VALUES (?, ?, ?, ?)"  # noqa: S608  as above
            f" ON CONFLICT ({owner}, name) DO UPDATE SET state = excluded.state, ended = NULL"
        )
        self._update = (
            f"UPDATE {table} SET state = ?, ended = ?, note = CASE WHEN ? = '' THEN note ELSE ? END"  # noqa: S608  as above
            f" WHERE {owner} = ? AND name = ?"
        )

    def steps(self, owner: str) -> dict[str, Taken]:
        """Return the steps that were begun, by name, in that order."""
        return {
            row["name"]: Taken(row["name"], StepState(row["state"]), row["begun"], row["ended"], row["note"])
            for row in self._store.execute(self._select, (owner,))
        }

    def begin(self, owner: str, name: str) -> None:
        """Write down that a step begins (again)."""
        self._store.execute(self._insert, (owner, name, StepState.BEGUN.value, time.time()))

    def end(self, owner: str, name: str, state: StepState, note: str = "") -> None:
        """Write down that a step is done, being undone or undone."""
        with transaction(self._store):
            self._store.execute(self._update, (state.value, time.time(), note, note, owner, name))
