"""The loop over waves with a clock and turns of the test's own: order, limits, windows, interruptions."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.errors import LedgerError
from officefleet.rollout.rollout import Manner, Rollout
from officefleet.rollout.states import Job, Outcome, PharmacyState, RolloutState, WaveCounts
from officefleet.rollout.store import Record, Store
from officefleet.rollout.waves import parse_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

DONE = Outcome(PharmacyState.DONE, machines_ok=2, run="abc")
FAILED = Outcome(PharmacyState.FAILED, "it failed")
START = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Clock:
    """Time passes only when somebody waits."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> dt.datetime:
        return self.moment

    def wait_until(self, moment: dt.datetime) -> None:
        assert moment > self.moment
        self.moment = moment


class Told:
    """Keeps what a rollout tells."""

    def __init__(self) -> None:
        self.waves: list[int] = []
        self.waits: list[dt.datetime] = []
        self.left: list[int] = []

    def wave_begins(self, wave: WaveCounts, _waves: int) -> None:
        self.waves.append(wave.number)

    def turn_ended(self, job: Job, outcome: Outcome) -> None:
        del job, outcome

    def waiting(self, until: dt.datetime) -> None:
        self.waits.append(until)

    def finishing(self, pharmacies: int) -> None:
        self.left.append(pharmacies)

    def ending(self) -> None:
        pass


class Rig:
    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.clock = Clock()
        self.told = Told()
        self.turns: list[str] = []
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def plan(self, *waves: Sequence[str]) -> Record:
        jobs = [[Job(one, number, (f"{one}-1",)) for one in wave] for number, wave in enumerate(waves)]
        return self.store.create("test", "hash", {}, jobs, self.clock.now())

    def run(
        self,
        record: Record,
        turn: Callable[[Job], Outcome],
        *,
        stop_after: str = "1",
        at_once: int = 3,
        wait: bool = False,
    ) -> RolloutState:
        def take(job: Job) -> Outcome:
            with self._lock:
                self.turns.append(job.pharmacy)
            return turn(job)

        manner = Manner(parse_share(stop_after), at_once, wait)
        return Rollout(self.store, record, take, manner, self.clock, self.told, self.stop).run()

    def states(self, record: Record) -> dict[str, str]:
        return {one.pharmacy: one.state.value for one in self.store.entries(record.id)}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path / "rollouts.sqlite")
    yield found
    found.store.close()


def test_a_wave_begins_when_the_one_before_has_ended(rig: Rig) -> None:
    record = rig.plan(["a"], ["b", "c"], ["d", "e", "f"])
    assert rig.run(record, lambda _job: DONE) is RolloutState.FINISHED
    assert rig.told.waves == [0, 1, 2]
    assert rig.turns[0] == "a"
    assert set(rig.turns[1:3]) == {"b", "c"}
    assert set(rig.turns[3:]) == {"d", "e", "f"}


def test_no_more_than_so_many_at_once(rig: Rig) -> None:
    record = rig.plan([f"p{number}" for number in range(12)])
    meet = threading.Barrier(4, timeout=20)  # passes only when four are under way together
    busy: list[int] = []
    lock = threading.Lock()
    count = 0

    def turn(_job: Job) -> Outcome:
        nonlocal count
        with lock:
            count += 1
            busy.append(count)
        meet.wait()
        with lock:
            count -= 1
        return DONE

    assert rig.run(record, turn, at_once=4) is RolloutState.FINISHED
    assert max(busy) == 4


def test_at_the_limit_nobody_begins_any_more(rig: Rig) -> None:
    record = rig.plan(["a"], ["b", "c", "d", "e"], ["f"])
    state = rig.run(record, lambda job: FAILED if job.pharmacy in "bc" else DONE, stop_after="2", at_once=1)
    assert state is RolloutState.STOPPED
    assert rig.turns == ["a", "b", "c"]
    assert rig.states(record) == {
        "a": "done",
        "b": "failed",
        "c": "failed",
        "d": "pending",
        "e": "pending",
        "f": "pending",
    }
    last = rig.store.last("test")
    assert last is not None
    assert "wave 2: 2 of 4" in last.reason


def test_a_deferred_canary_holds_the_next_wave_back(rig: Rig) -> None:
    evening = START + 8 * HOUR
    closed = Outcome(PharmacyState.DEFERRED, "open", evening, reached=False)
    record = rig.plan(["a"], ["b"])

    def turn(_job: Job) -> Outcome:
        return DONE if rig.clock.now() >= evening else closed

    assert rig.run(record, turn) is RolloutState.WAITING
    assert rig.turns == ["a"]
    assert rig.store.next_due(record.id, 0) == evening
    rig.clock.moment = evening - dt.timedelta(minutes=1)
    rig.store.go_on(record.id, retry=False)
    assert rig.run(record, turn) is RolloutState.WAITING
    assert rig.turns == ["a"]  # still too early: not even looked at
    rig.clock.moment = evening
    rig.store.go_on(record.id, retry=False)
    assert rig.run(record, turn) is RolloutState.FINISHED
    assert rig.turns == ["a", "a", "b"]


def test_the_patient_wait_for_each_window(rig: Rig) -> None:
    window = {"a": START + HOUR, "b": START, "c": START + 3 * HOUR}
    record = rig.plan(["a"], ["b", "c"])

    def turn(job: Job) -> Outcome:
        due = window[job.pharmacy]
        return DONE if rig.clock.now() >= due else Outcome(PharmacyState.DEFERRED, "open", due, reached=False)

    assert rig.run(record, turn, wait=True) is RolloutState.FINISHED
    assert rig.told.waits == [START + HOUR, START + 3 * HOUR]


def test_who_does_not_answer_comes_again_and_holds_nobody_up(rig: Rig) -> None:
    answers = {"a": True, "b": False, "c": True, "d": True}

    def turn(job: Job) -> Outcome:
        if answers[job.pharmacy]:
            return DONE
        return Outcome(PharmacyState.DEFERRED, "no answer", rig.clock.now() + HOUR)

    record = rig.plan(["a", "b"], ["c"], ["d"])
    assert rig.run(record, turn) is RolloutState.WAITING
    assert rig.states(record) == {"a": "done", "b": "deferred", "c": "done", "d": "done"}
    answers["b"] = True
    rig.clock.moment += HOUR
    rig.store.go_on(record.id, retry=False)
    assert rig.run(record, turn) is RolloutState.FINISHED
    assert rig.turns.count("b") == 2
    assert rig.turns.count("a") == 1


def test_a_wave_in_which_nobody_answers_proves_nothing(rig: Rig) -> None:
    record = rig.plan(["a"], ["b"])
    state = rig.run(record, lambda _job: Outcome(PharmacyState.DEFERRED, "no answer", START + HOUR))
    assert state is RolloutState.WAITING
    assert rig.turns == ["a"]


def test_a_wave_that_is_refused_whole_proves_nothing(rig: Rig) -> None:
    record = rig.plan(["a"], ["b"])
    state = rig.run(record, lambda _job: Outcome(PharmacyState.REFUSED, "1 machine left out"))
    assert state is RolloutState.STOPPED
    assert rig.turns == ["a"]
    last = rig.store.last("test")
    assert last is not None
    assert "proves nothing" in last.reason


def test_an_interruption_finishes_what_is_under_way(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from officefleet.rollout import rollout  # noqa: PLC0415  its `wait` is replaced

    record = rig.plan(["a", "b", "c"])
    wait, interrupted = rollout.wait, []

    def interrupting(*args: object, **options: object) -> object:
        if not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        return wait(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(rollout, "wait", interrupting)
    with pytest.raises(KeyboardInterrupt):
        rig.run(record, lambda _job: DONE, at_once=2)
    assert rig.told.left == [2]
    assert rig.states(record) == {"a": "done", "b": "done", "c": "pending"}


def test_what_was_under_way_when_it_was_killed_has_its_turn_again(rig: Rig) -> None:
    record = rig.plan(["a", "b"])
    rig.store.begin(record.id, "a", START)
    rig.store.go_on(record.id, retry=False)
    assert rig.run(record, lambda _job: DONE) is RolloutState.FINISHED
    assert sorted(rig.turns) == ["a", "b"]


def test_the_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415  only here

    path = tmp_path / "rollouts.sqlite"
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="newer"):
        Store(path)
    (tmp_path / "other.sqlite").write_text("no database at all, whatever its name says" * 40)
    with pytest.raises(LedgerError):
        Store(tmp_path / "other.sqlite")


ENDS = st.sampled_from(["done", "failed", "refused", "silent", "open"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.lists(ENDS, min_size=1, max_size=3), min_size=1, max_size=5), min_size=1, max_size=4
    ),
    st.integers(1, 3),
)
def test_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, fates: list[list[list[str]]], limit: int
) -> None:
    """Each pharmacy has a list of fates, one a turn, and is done after those."""
    rig = Rig(tmp_path_factory.mktemp("rollout") / "rollouts.sqlite")
    waves = [[f"w{wave}p{one}" for one in range(len(found))] for wave, found in enumerate(fates)]
    left = {
        name: list(fates[wave][one]) for wave, names in enumerate(waves) for one, name in enumerate(names)
    }
    failed: dict[int, int] = {}
    begun: list[int] = []

    def turn(job: Job) -> Outcome:
        begun.append(job.wave)
        assert failed.get(job.wave, 0) < limit  # nobody begins after the limit (one at a time here)
        fate = left[job.pharmacy].pop(0) if left[job.pharmacy] else "done"
        if fate == "failed":
            failed[job.wave] = failed.get(job.wave, 0) + 1
            return FAILED
        if fate == "refused":
            return Outcome(PharmacyState.REFUSED, machines_ok=1)
        if fate == "done":
            return DONE
        return Outcome(PharmacyState.DEFERRED, fate, rig.clock.now() + HOUR, reached=fate == "silent")

    record = rig.plan(*waves)
    state = rig.run(record, turn, stop_after=str(limit), at_once=1, wait=True)
    states = rig.states(record)
    reached = max(begun)
    over = any(count >= limit for count in failed.values())
    proof = any(states[name] in ("done", "refused") for name in waves[reached])
    if over or (not proof and reached + 1 < len(waves)):
        assert state is RolloutState.STOPPED
    else:
        assert state is RolloutState.FINISHED
        assert set(states.values()) <= {"done", "failed", "refused"}
    for wave in range(reached):  # every wave before the last one that began has been tried, within its limit
        assert failed.get(wave, 0) <= limit
        assert all(states[name] != "pending" for name in waves[wave])
    assert all(states[name] == "pending" for names in waves[reached + 1 :] for name in names)
    rig.store.close()
