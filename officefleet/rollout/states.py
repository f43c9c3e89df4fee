"""The states of a rollout and of its pharmacies, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.i18n import _

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class PharmacyState(StrEnum):
    """Where a pharmacy stands in a rollout."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DEFERRED = "deferred"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The state for people."""
        return {
            PharmacyState.PENDING: _("not yet"),
            PharmacyState.RUNNING: _("under way"),
            PharmacyState.DONE: _("done"),
            PharmacyState.FAILED: _("failed"),
            PharmacyState.DEFERRED: _("deferred"),
            PharmacyState.REFUSED: _("refused by the driver gate"),
        }[self]


class RolloutState(StrEnum):
    """Where a rollout stands.

    WAITING has pharmacies whose time is still to come, STOPPED met its limit, ABANDONED was begun anew.
    """

    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FINISHED = "finished"
    ABANDONED = "abandoned"

    @property
    def label(self) -> str:
        """The state for people."""
        return {
            RolloutState.RUNNING: _("under way"),
            RolloutState.WAITING: _("waiting"),
            RolloutState.STOPPED: _("stopped"),
            RolloutState.FINISHED: _("finished"),
            RolloutState.ABANDONED: _("abandoned"),
        }[self]


@dataclass(frozen=True, slots=True)
class Job:
    """A pharmacy's turn.

    Attributes:
        wave: from 0.
        hosts: its machines that the rollout is for.

    """

    pharmacy: str
    wave: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pharmacy's turn ended.

    Attributes:
        reason: one sentence, "" when all is well.
        due: when a deferred pharmacy has its next turn; None: never by itself.
        reached: False when it was deferred without an attempt: it is open, or another command works there.
        machines_ok: machines that were played to the end.
        refused: machines that the driver gate left out, one sentence each.
        run: id in the ledger, "" when nothing ran.

    """

    state: PharmacyState
    reason: str = ""
    due: dt.datetime | None = None
    reached: bool = True
    machines_ok: int = 0
    refused: tuple[str, ...] = ()
    run: str = ""


@dataclass(frozen=True, slots=True)
class WaveCounts:
    """A wave in figures.

    Attributes:
        untried: pharmacies that nothing has been tried on yet.
        machines_ok: machines of the wave that were played to the end.
        states: state to number of pharmacies.

    """

    number: int
    size: int
    untried: int
    machines_ok: int
    states: Mapping[PharmacyState, int] = field(default_factory=dict)

    def count(self, state: PharmacyState) -> int:
        """Return how many pharmacies are in a state."""
        return self.states.get(state, 0)
