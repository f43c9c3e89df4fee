"""Hosts counted by how they ended: for each pharmacy and for the run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from officefleet.engine.events import Counts, RunFinished


class Outcome(Enum):
    """How a run ended as a whole."""

    OK = "ok"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Tally:
    """How many hosts of a pharmacy, or of the run, ended how; a host counts once."""

    hosts: int = 0
    fine: int = 0
    changed: int = 0
    failed: int = 0
    unreachable: int = 0

    def add(self, counts: Counts) -> None:
        """Count one host; failed weighs more than unreachable."""
        self.hosts += 1
        self.changed += bool(counts.changed)
        if counts.failed:
            self.failed += 1
        elif counts.unreachable:
            self.unreachable += 1
        else:
            self.fine += 1


def by_pharmacy(recap: Mapping[str, Counts], pharmacy_of: Callable[[str], str | None]) -> dict[str, Tally]:
    """Return each pharmacy's tally, sorted by id; hosts of no pharmacy are left out."""
    found: dict[str, Tally] = {}
    for host, counts in recap.items():
        home = pharmacy_of(host)
        if home is not None:
            found.setdefault(home, Tally()).add(counts)
    return dict(sorted(found.items()))


def total(recap: Mapping[str, Counts]) -> Tally:
    """Return the whole run's tally."""
    whole = Tally()
    for counts in recap.values():
        whole.add(counts)
    return whole


def outcome(event: RunFinished) -> Outcome:
    """Return how a run ended."""
    whole = total(event.recap)
    if event.interrupted:
        return Outcome.INTERRUPTED
    if whole.failed:
        return Outcome.FAILED
    return Outcome.UNREACHABLE if whole.unreachable else Outcome.OK
