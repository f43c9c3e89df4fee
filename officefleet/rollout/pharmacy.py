"""One pharmacy's turn: closed? free? drivers fit? then one run of the engine, recorded in the ledger."""

from __future__ import annotations

import datetime as dt
import queue
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from officefleet.engine.events import Status, TaskFinished
from officefleet.engine.run import run_prepared
from officefleet.errors import ContinuityError, OfficefleetError, ProblemsError, RunError
from officefleet.i18n import _, ngettext
from officefleet.ledger import Recorder, RunFacts
from officefleet.rollout.gate import gated_plays, judge_run
from officefleet.rollout.hours import OpeningTimes
from officefleet.rollout.states import Outcome, PharmacyState

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from officefleet.engine.events import Counts, Event, Subscriber
    from officefleet.engine.options import Options
    from officefleet.engine.run import Prepared
    from officefleet.inventory import Inventory
    from officefleet.models import Pharmacy
    from officefleet.rollout.clock import Clock
    from officefleet.rollout.gate import DriverGate
    from officefleet.rollout.states import Job

_BUSY = dt.timedelta(minutes=15)  # until a pharmacy where another command works is looked at again
_AT_ANY_TIME = dt.timedelta(hours=1)  # until one that did not answer is, when hours do not count


@dataclass(frozen=True, slots=True)
class Turns:
    """What every pharmacy's turn needs.

    Attributes:
        load: reads the part of the inventory that is one pharmacy's.
        options: of each run; the limit is the pharmacy's hosts.
        gate: the driver gate, or None to pass without.
        least: how long a pharmacy must still be closed when its turn begins; None: hours do not count.
        hold: keeps other commands away from a pharmacy; raises ContinuityError when one works there.
        ledger: where runs are recorded, or None.
        facts: of the ledger; the limit is filled in.
        stop: set to end runs at their next event.
        warn: told when a run can no longer be recorded.

    """

    load: Callable[[str], Inventory]
    options: Options
    gate: DriverGate | None
    least: dt.timedelta | None
    hold: Callable[[str], AbstractContextManager[object]]
    clock: Clock
    ledger: Path | None
    facts: RunFacts
    stop: threading.Event
    warn: Callable[[str], None]


class Readers:
    """Prepared playbooks, one for each run that is under way at the same time: a run may not share its own.

    Args:
        first: already read.
        again: reads them once more.

    """

    def __init__(self, first: Prepared, again: Callable[[], Prepared]) -> None:
        self._again = again
        self._free: queue.SimpleQueue[Prepared] = queue.SimpleQueue()
        self._free.put(first)

    def take(self) -> Prepared:
        """Return prepared playbooks that no other run uses; they are read again only when all are in use."""
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return self._again()

    def give_back(self, prepared: Prepared) -> None:
        """Take them back when the run has ended."""
        self._free.put(prepared)


class PharmacyRunner:
    """Gives pharmacies their turns; may be called by several threads."""

    def __init__(self, turns: Turns, readers: Readers) -> None:
        self._turns = turns
        self._readers = readers

    def __call__(self, job: Job) -> Outcome:
        """Give a pharmacy its turn; what goes wrong there is in the outcome."""
        try:
            return self._turn(job)
        except OfficefleetError as error:
            return Outcome(PharmacyState.FAILED, str(_first(error)))

    def _turn(self, job: Job) -> Outcome:
        turns = self._turns
        inventory = turns.load(job.pharmacy)
        pharmacy = inventory.pharmacy(job.pharmacy)
        now = turns.clock.now()
        if turns.least is not None:
            later = _not_now(pharmacy, now, turns.least)
            if later is not None:
                return later
        prepared = self._readers.take()
        try:
            with turns.hold(job.pharmacy):
                return self._play(job, inventory, pharmacy, prepared)
        except ContinuityError as error:
            return Outcome(PharmacyState.DEFERRED, error.message, now + _BUSY, reached=False)
        finally:
            self._readers.give_back(prepared)

    def _play(self, job: Job, inventory: Inventory, pharmacy: Pharmacy, prepared: Prepared) -> Outcome:
        turns = self._turns
        options = replace(turns.options, limit=",".join(job.hosts))
        refusals: Sequence[object] = ()
        if turns.gate is not None:
            gated = gated_plays(prepared, inventory, options)
            options, refusals = judge_run(turns.gate, prepared, inventory, options)
            left = {host for found in gated.values() for host in found} - {one.host for one in refusals}
            if refusals and not left and len(gated) == len(prepared.plays):
                return _refused(refusals, machines_ok=0, run="")
        watcher = _Watcher(turns.stop)
        with ExitStack() as stack:
            subscribers: list[Subscriber] = [watcher, *self._recorder(inventory, options, stack)]
            result = run_prepared(prepared, inventory, options, subscribers)
        machines = sum(_is_through(counts) for counts in result.recap.values())
        if watcher.failure:
            return Outcome(
                PharmacyState.FAILED, watcher.failure, machines_ok=machines, run=result.run,
                refused=tuple(str(one) for one in refusals),
            )  # fmt: skip
        if watcher.silent:
            return Outcome(
                PharmacyState.DEFERRED, watcher.silence(), self._next_turn(pharmacy), machines_ok=machines,
                run=result.run, refused=tuple(str(one) for one in refusals),
            )  # fmt: skip
        if refusals:
            return _refused(refusals, machines, result.run)
        return Outcome(PharmacyState.DONE, machines_ok=machines, run=result.run)

    def _recorder(self, inventory: Inventory, options: Options, stack: ExitStack) -> Iterator[Subscriber]:
        turns = self._turns
        if turns.ledger is None:
            return
        facts = replace(turns.facts, limit=options.limit)
        yield stack.enter_context(
            Recorder(turns.ledger, facts, pharmacy_of=inventory.pharmacy_of, warn=turns.warn)
        )

    def _next_turn(self, pharmacy: Pharmacy) -> dt.datetime | None:
        """Return when a pharmacy that did not answer is tried again: not before it has opened and closed."""
        now = self._turns.clock.now()
        least = self._turns.least
        if least is None:
            return now + _AT_ANY_TIME
        times = OpeningTimes(pharmacy)
        present = times.quiet(now, dt.timedelta(seconds=1))
        if present is None or present.end is None:
            return now + dt.timedelta(days=1)
        following = times.quiet(max(present.end, now) if present.start <= now else now, least)
        return following.start if following else None


@dataclass(slots=True)
class _Watcher:
    """Listens to a run: the first failure, who does not answer; ends the run when it is told to stop."""

    stop: threading.Event
    failure: str = ""
    silent: dict[str, str] = field(default_factory=dict)

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            RunError: the run is to end here.

        """
        if self.stop.is_set():
            raise RunError(_("interrupted"))
        if not isinstance(event, TaskFinished):
            return
        if event.status is Status.FAILED and not self.failure:
            self.failure = _("{host}: {task}: {reason}").format(
                host=event.host, task=event.task, reason=_reason(event.result)
            )
        elif event.status is Status.UNREACHABLE:
            self.silent[event.host] = _reason(event.result)

    def silence(self) -> str:
        """Return who does not answer, as one sentence."""
        host, reason = next(iter(self.silent.items()))
        more = len(self.silent) - 1
        first = reason if host in reason else _("{host}: {reason}").format(host=host, reason=reason)
        if not more:
            return first
        return first + ngettext(", and {count} more machine", ", and {count} more machines", more).format(
            count=more
        )


def _first(error: OfficefleetError) -> OfficefleetError:
    """Return the first of several problems: a line has room for one."""
    return error.problems[0] if isinstance(error, ProblemsError) and error.problems else error


def _reason(result: Mapping[str, object]) -> str:
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("failed"):
            return _reason(item)
    text = str(result.get("msg") or result.get("stderr") or result.get("stdout") or "").strip()
    return text.splitlines()[0] if text else _("it failed")


def _not_now(pharmacy: Pharmacy, now: dt.datetime, least: dt.timedelta) -> Outcome | None:
    """Return why a pharmacy may not be disturbed now and when it may, or None when it may."""
    times = OpeningTimes(pharmacy)
    quiet = times.quiet(now, least)
    if quiet is not None and quiet.start <= now:
        return None
    if quiet is None:
        reason = _(
            "it does not close for {minutes} minutes within two months; --at any does not wait"
        ).format(minutes=int(least.total_seconds() // 60))
        return Outcome(PharmacyState.DEFERRED, reason, None, reached=False)
    reason = _("open or on duty") if not times.is_quiet(now) else _("it opens or begins its duty too soon")
    return Outcome(PharmacyState.DEFERRED, reason, quiet.start, reached=False)


def _refused(refusals: Sequence[object], machines_ok: int, run: str) -> Outcome:
    count = len(refusals)
    reason = ngettext("{count} machine left out", "{count} machines left out", count).format(count=count)
    return Outcome(
        PharmacyState.REFUSED,
        reason,
        machines_ok=machines_ok,
        run=run,
        refused=tuple(str(one) for one in refusals),
    )


def _is_through(counts: Counts) -> bool:
    return not counts.failed and not counts.unreachable
