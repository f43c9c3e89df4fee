"""A road of steps that can be walked, interrupted anywhere, walked on, and walked back.

Each step is written down before it begins and when it is done. A step that was begun is done again: doing and
undoing a step twice must do no harm.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from officefleet.continuity.journal import SwapState
from officefleet.continuity.steplog import StepState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.journal import Journal, Swap
    from officefleet.continuity.steplog import Taken


Owner = TypeVar("Owner")
Owner_contra = TypeVar("Owner_contra", contravariant=True)


class Log(Protocol[Owner_contra]):
    """Where steps are written down: `officefleet.continuity.journal.Journal`, or that of rebuilds."""

    def steps(self, owner: Owner_contra, /) -> dict[str, Taken]:
        """Return the steps that were begun, by name, in that order."""

    def begin(self, owner: Owner_contra, name: str, /) -> None:
        """Write down that a step begins (again)."""

    def end(self, owner: Owner_contra, name: str, state: StepState, note: str = "", /) -> None:
        """Write down that a step is done, being undone or undone."""


class Step(Protocol):
    """One step."""

    @property
    def name(self) -> str:
        """How the journal knows it."""

    def do(self) -> str:
        """Do it; return what a person should know, or ""."""

    def undo(self) -> str:
        """Take it back; it may have been done by half, or already be undone."""


class Walker(Protocol):
    """Is told how it goes."""

    def kept(self, step: Step) -> None:
        """Tell of a step that an earlier command has done."""

    def begun(self, step: Step, *, back: bool) -> None:
        """Tell of a step that begins."""

    def ended(self, step: Step, note: str, seconds: float, *, back: bool) -> None:
        """Tell of a step that is done."""


def walk(journal: Journal, swap: Swap, steps: Sequence[Step], walker: Walker) -> None:
    """Do the steps of a swap that are not done yet; whatever a step raises ends the walk there."""
    walk_steps(journal, swap, steps, walker)
    journal.move(swap, SwapState.STANDING)


def walk_steps(log: Log[Owner], owner: Owner, steps: Sequence[Step], walker: Walker) -> None:
    """Do the steps that are not done yet; whatever a step raises ends the walk there."""
    taken = log.steps(owner)
    for step in steps:
        known = taken.get(step.name)
        if known is not None and known.state is StepState.DONE:
            walker.kept(step)
            continue
        log.begin(owner, step.name)
        walker.begun(step, back=False)
        begun = time.monotonic()
        note = step.do()
        log.end(owner, step.name, StepState.DONE, note)
        walker.ended(step, note, time.monotonic() - begun, back=False)


def walk_back(journal: Journal, swap: Swap, steps: Sequence[Step], walker: Walker) -> None:
    """Undo, last first, every step that was begun; whatever a step raises ends the walk there."""
    journal.move(swap, SwapState.RETURNING)
    taken = journal.steps(swap)
    for step in reversed(steps):
        known = taken.get(step.name)
        if known is None or known.state is StepState.UNDONE:
            continue
        journal.end(swap, step.name, StepState.UNDOING)
        walker.begun(step, back=True)
        begun = time.monotonic()
        note = step.undo()
        journal.end(swap, step.name, StepState.UNDONE, note)
        walker.ended(step, note, time.monotonic() - begun, back=True)
    journal.move(swap, SwapState.OVER)
