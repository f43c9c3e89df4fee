"""The journal of rebuilds: one a poste at a time, every call durable when it returns."""

from __future__ import annotations

import platform
import sqlite3
import time
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.continuity.rebuild.order import Order
from officefleet.continuity.steplog import StepLog
from officefleet.durable.person import who
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.steplog import StepState, Taken


class RebuildState(StrEnum):
    """Where a rebuild stands."""

    GOING = "going"  # under way, or interrupted
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One rebuild; times are seconds since the epoch.

    Attributes:
        user: who began it.
        controller: on which machine.

    """

    id: str
    pharmacy: str
    poste: str
    order: Order
    state: RebuildState
    user: str
    controller: str
    started: float
    finished: float | None

    @property
    def since(self) -> str:
        """When it began, on this computer's clock."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.started))


class RebuildJournal:
    """Rebuilds in the continuity file."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._steps = StepLog(store, "rebuild_steps", "rebuild")

    def open(self, pharmacy: str, poste: str, order: Order) -> Rebuild:
        """Write down that a rebuild begins.

        Raises:
            ContinuityError: the poste is being rebuilt already.

        """
        one = Rebuild(
            uuid.uuid4().hex[:12],
            pharmacy,
            poste,
            order,
            RebuildState.GOING,
            who(),
            platform.node(),
            time.time(),
            None,
        )
        try:
            self._store.execute(
                "INSERT INTO rebuilds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (one.id, pharmacy, poste, order.image, order.version, order.store, order.to_json(), one.state.value,
                 one.user, one.controller, one.started, None),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise busy(poste, self.of_poste(poste)) from None
        return one

    def active(self) -> list[Rebuild]:
        """Return the rebuilds that are under way or were interrupted, oldest first."""
        rows = self._store.execute("SELECT * FROM rebuilds WHERE state = 'going' ORDER BY started")
        return [_rebuild(row) for row in rows]

    def of_poste(self, poste: str) -> Rebuild | None:
        """Return the rebuild of a poste that is not over."""
        return next((one for one in self.active() if one.poste == poste), None)

    def last(self, poste: str) -> Rebuild | None:
        """Return a poste's newest rebuild, whatever became of it."""
        row = self._store.execute(
            "SELECT * FROM rebuilds WHERE poste = ? ORDER BY started DESC LIMIT 1", (poste,)
        ).fetchone()
        return _rebuild(row) if row else None

    def move(self, one: Rebuild, state: RebuildState) -> None:
        """Write down where a rebuild stands now."""
        finished = None if state is RebuildState.GOING else time.time()
        self._store.execute(
            "UPDATE rebuilds SET state = ?, finished = ? WHERE id = ?", (state.value, finished, one.id)
        )

    def steps(self, one: Rebuild) -> dict[str, Taken]:
        """Return the steps that were begun, by name, in that order."""
        return self._steps.steps(one.id)

    def begin(self, one: Rebuild, name: str) -> None:
        """Write down that a step begins (again)."""
        self._steps.begin(one.id, name)

    def end(self, one: Rebuild, name: str, state: StepState, note: str = "") -> None:
        """Write down that a step is done."""
        self._steps.end(one.id, name, state, note)


def busy(poste: str, one: Rebuild | None) -> ContinuityError:
    """Return the error that says who rebuilds a poste, and since when."""
    hint = _("wait until it has ended; if it was stopped, the same command goes on")
    if one is None:
        return ContinuityError(
            _("another command is about to rebuild {poste}").format(poste=poste), hint=hint
        )
    return ContinuityError(
        _("{poste} is being rebuilt by {user} on {controller} since {when}").format(
            poste=poste, user=one.user, controller=one.controller, when=one.since
        ),
        hint=hint,
    )


def _rebuild(row: sqlite3.Row) -> Rebuild:
    return Rebuild(
        row["id"], row["pharmacy"], row["poste"], Order.from_json(row["options"]), RebuildState(row["state"]),
        row["user"], row["controller"], row["started"], row["finished"],
    )  # fmt: skip
