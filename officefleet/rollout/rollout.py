"""Drives a rollout: waves one after the other, several pharmacies at a time, every step written down first."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from officefleet.i18n import _, ngettext
from officefleet.rollout.states import Job, Outcome, PharmacyState, RolloutState, WaveCounts
from officefleet.rollout.waves import Share, too_many

if TYPE_CHECKING:
    import datetime as dt
    import threading
    from collections.abc import Callable

    from officefleet.rollout.clock import Clock
    from officefleet.rollout.store import Record, Store


class Listener(Protocol):
    """Is told what happens."""

    def wave_begins(self, wave: WaveCounts, waves: int) -> None:
        """A wave begins."""

    def turn_ended(self, job: Job, outcome: Outcome) -> None:
        """A pharmacy's turn has ended."""

    def waiting(self, until: dt.datetime) -> None:
        """Nothing can be done before this moment."""

    def finishing(self, pharmacies: int) -> None:
        """The rollout was interrupted; it ends when these pharmacies are through."""

    def ending(self) -> None:
        """It was interrupted again; runs end at their next event."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a rollout goes about it.

    Attributes:
        stop_after: failed pharmacies of a wave that stop it; no pharmacy begins after that.
        at_once: pharmacies at the same time.
        patient: wait for the pharmacies whose time is still to come, instead of ending.

    """

    stop_after: Share
    at_once: int = 8
    patient: bool = False


class Rollout:
    """One rollout under way; the caller holds its lock.

    Args:
        record: what was planned.
        take_turn: gives a pharmacy its turn; called by several threads.
        stop: ends the turns that have begun; set when the person insists on an end.

    """

    def __init__(
        self,
        store: Store,
        record: Record,
        take_turn: Callable[[Job], Outcome],
        manner: Manner,
        clock: Clock,
        listener: Listener,
        stop: threading.Event,
    ) -> None:
        self._store = store
        self._id = record.id
        self._take_turn = take_turn
        self._manner = manner
        self._clock = clock
        self._listener = listener
        self._stop = stop
        self._running: dict[Future[Outcome], Job] = {}
        self._wave = -1
        self._sizes = [one.size for one in store.counts(record.id)]

    def run(self) -> RolloutState:
        """Go on until there is nothing left that can be done now; return how it stands.

        Raises:
            KeyboardInterrupt: interrupted; the pharmacies under way have been finished and written down.

        """
        with ThreadPoolExecutor(self._manner.at_once, thread_name_prefix="pharmacy") as pool:
            try:
                return self._until_done(pool)
            except KeyboardInterrupt:
                self._finish()
                self._end(RolloutState.WAITING, _("interrupted"))
                raise

    def _finish(self) -> None:
        """Let the pharmacies under way finish; a second interruption ends their runs, too."""
        try:
            self._listener.finishing(len(self._running))
            while self._running:
                self._take_one()
        except KeyboardInterrupt:
            self._listener.ending()
            self._stop.set()  # what ends now has not been done: it stays "under way" and has its turn again

    def _until_done(self, pool: ThreadPoolExecutor) -> RolloutState:
        while True:
            stopped = self._stopped()
            if not stopped:
                self._begin_due(pool)
            if self._running:
                self._take_one()
            elif stopped:
                return self._end(RolloutState.STOPPED, stopped)
            elif not self._reached_next_wave():
                due = self._store.next_due(self._id, self._wave)
                state = self._state(due)
                if state is not RolloutState.WAITING:
                    return self._end(state, self._no_proof() if state is RolloutState.STOPPED else "")
                if not self._manner.patient or due is None:
                    return self._end(state, "")
                self._listener.waiting(due)
                self._clock.wait_until(due)

    def _begin_due(self, pool: ThreadPoolExecutor) -> None:
        free = self._manner.at_once - len(self._running)
        now = self._clock.now()
        for job in self._store.due(self._id, self._wave, now, free) if free else ():
            self._store.begin(self._id, job.pharmacy, now)
            self._running[pool.submit(self._take_turn, job)] = job

    def _take_one(self) -> None:
        ended, _others = wait(self._running, return_when=FIRST_COMPLETED)
        for future in ended:
            job = self._running.pop(future)
            outcome = future.result()
            self._store.settle(self._id, job.pharmacy, outcome, self._clock.now())
            self._listener.turn_ended(job, outcome)

    def _stopped(self) -> str:
        """Return which wave has met its limit, as a sentence, or ""."""
        for wave, failed in self._store.failed(self._id).items():
            if too_many(self._manner.stop_after, failed, self._sizes[wave]):
                return ngettext(
                    "wave {wave}: {count} of {size} pharmacies failed",
                    "wave {wave}: {count} of {size} pharmacies failed",
                    failed,
                ).format(wave=wave + 1, count=failed, size=self._sizes[wave])
        return ""

    def _reached_next_wave(self) -> bool:
        """Go to the next wave when the present one has proved itself; return whether that is so."""
        waves = self._store.counts(self._id)
        if self._wave + 1 >= len(self._sizes) or (
            self._wave >= 0 and not has_proved_itself(waves[self._wave])
        ):
            return False
        self._wave += 1
        if not is_over(waves[self._wave]):
            self._listener.wave_begins(waves[self._wave], len(self._sizes))
        return True

    def _state(self, due: dt.datetime | None) -> RolloutState:
        """Return how the rollout stands when nothing runs and no turn has come."""
        present = self._store.counts(self._id)[self._wave]
        deferred = present.count(PharmacyState.DEFERRED)
        if due is not None or deferred:
            return RolloutState.WAITING
        if self._wave + 1 < len(self._sizes):
            return RolloutState.STOPPED  # all of the wave has been tried, and nothing of it is proof
        return RolloutState.FINISHED

    def _no_proof(self) -> str:
        return _(
            "wave {wave}: no machine was played to the end, which proves nothing for the next wave"
        ).format(wave=self._wave + 1)

    def _end(self, state: RolloutState, reason: str) -> RolloutState:
        self._store.end(self._id, state, reason, self._clock.now())
        return state


def has_proved_itself(wave: WaveCounts) -> bool:
    """Return whether the next wave may begin: all have been tried, and a machine was played to the end.

    Pharmacies that did not answer do not hold the next wave up: they have their turn again in their next window.
    """
    under_way = wave.count(PharmacyState.PENDING) + wave.count(PharmacyState.RUNNING)
    return not under_way and not wave.untried and wave.machines_ok > 0


def is_over(wave: WaveCounts) -> bool:
    """Return whether no pharmacy of a wave will have another turn by itself."""
    waiting = (PharmacyState.PENDING, PharmacyState.RUNNING, PharmacyState.DEFERRED)
    return not any(wave.count(state) for state in waiting)
