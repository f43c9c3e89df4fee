"""The journal of swaps: what was begun, what was done, so that a crash at any moment loses nothing."""

from __future__ import annotations

import platform
import sqlite3
import time
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.continuity.database import transaction
from officefleet.continuity.steplog import StepLog, StepState, Taken
from officefleet.durable.person import who
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["Journal", "StepState", "Swap", "SwapState", "Taken", "who"]


class SwapState(StrEnum):
    """Where a swap stands."""

    GOING = "going"  # under way, or interrupted
    STANDING = "standing"  # the spare stands in
    RETURNING = "returning"  # on the way back, or interrupted there
    OVER = "over"  # everything is as it was


@dataclass(frozen=True, slots=True)
class Swap:
    """One swap; times are seconds since the epoch.

    Attributes:
        poste: the failed poste.
        nas: the machine with the register, "" when it could not be had.
        anyway: a blocked driver was accepted.
        user: who began it.
        controller: on which machine.

    """

    id: str
    pharmacy: str
    poste: str
    spare: str
    nas: str
    anyway: bool
    state: SwapState
    user: str
    controller: str
    started: float
    finished: float | None


class Journal:
    """Swaps and drills in the continuity file; every call is durable when it returns."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._steps = StepLog(store, "steps", "swap")

    # --- swaps ----------------------------------------------------------------------------------------------

    def open_swap(self, pharmacy: str, poste: str, spare: str, *, nas: str, anyway: bool) -> Swap:
        """Write down that a swap begins.

        Raises:
            ContinuityError: the poste or the spare is part of another one.

        """
        swap = Swap(uuid.uuid4().hex[:12], pharmacy, poste, spare, nas, anyway, SwapState.GOING, who(),
                    platform.node(), time.time(), None)  # fmt: skip
        try:
            self._store.execute(
                "INSERT INTO swaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (swap.id, pharmacy, poste, spare, nas, anyway, swap.state.value, swap.user, swap.controller,
                 swap.started, None),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise ContinuityError(
                _("{poste} or {spare} is part of a swap already").format(poste=poste, spare=spare),
                hint=_("see `officefleet spare status`"),
            ) from None
        return swap

    def active(self, pharmacy: str | None = None) -> list[Swap]:
        """Return the swaps that are not over, oldest first."""
        rows = self._store.execute("SELECT * FROM swaps WHERE state != 'over' ORDER BY started")
        found = [_swap(row) for row in rows]
        return [one for one in found if pharmacy is None or one.pharmacy == pharmacy]

    def of_poste(self, poste: str) -> Swap | None:
        """Return the swap of a poste that is not over."""
        return next((one for one in self.active() if one.poste == poste), None)

    def move(self, swap: Swap, state: SwapState) -> None:
        """Write down where a swap stands now."""
        finished = time.time() if state is SwapState.OVER else None
        self._store.execute(
            "UPDATE swaps SET state = ?, finished = ? WHERE id = ?", (state.value, finished, swap.id)
        )

    def registered(self, swap: Swap, nas: str) -> None:
        """Write down that the register knows of a swap that was begun without it."""
        self._store.execute("UPDATE swaps SET nas = ? WHERE id = ?", (nas, swap.id))

    # --- steps ----------------------------------------------------------------------------------------------

    def steps(self, swap: Swap) -> dict[str, Taken]:
        """Return the steps that were begun, by name, in that order."""
        return self._steps.steps(swap.id)

    def begin(self, swap: Swap, name: str) -> None:
        """Write down that a step begins (again)."""
        self._steps.begin(swap.id, name)

    def end(self, swap: Swap, name: str, state: StepState, note: str = "") -> None:
        """Write down that a step is done, being undone or undone."""
        self._steps.end(swap.id, name, state, note)

    # --- drills and signs of life ---------------------------------------------------------------------------

    def record_drill(self, spare: str, pharmacy: str, *, good: bool, note: str) -> None:
        """Write down a drill."""
        self._store.execute(
            "INSERT INTO drills VALUES (?, ?, ?, ?, ?, ?)", (spare, pharmacy, time.time(), good, who(), note)
        )

    def last_drill(self, spare: str) -> tuple[float, bool] | None:
        """Return when the last drill of a spare was, and whether it went well."""
        row = self._store.execute(
            "SELECT at, good FROM drills WHERE spare = ? ORDER BY at DESC LIMIT 1", (spare,)
        ).fetchone()
        return (row["at"], bool(row["good"])) if row else None

    def record_seen(self, hosts: Sequence[str]) -> None:
        """Write down that hosts have answered just now."""
        with transaction(self._store):
            self._store.executemany(
                "INSERT INTO seen VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET at = excluded.at",
                [(host, time.time()) for host in hosts],
            )

    def last_seen(self, host: str) -> float | None:
        """Return when a host last answered."""
        row = self._store.execute("SELECT at FROM seen WHERE host = ?", (host,)).fetchone()
        return row["at"] if row else None


def _swap(row: sqlite3.Row) -> Swap:
    return Swap(
        row["id"], row["pharmacy"], row["poste"], row["spare"], row["nas"], bool(row["anyway"]),
        SwapState(row["state"]), row["user"], row["controller"], row["started"], row["finished"],
    )  # fmt: skip
