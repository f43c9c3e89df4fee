"""A road can be left anywhere, walked on, and walked back."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.database import open_store
from officefleet.continuity.journal import Journal, StepState, SwapState
from officefleet.continuity.road import walk, walk_back
from officefleet.continuity.schema import MIGRATIONS

NAMES = ("register", "fence", "identity", "binder")


class Crash(BaseException):
    """The process died."""


class World:
    """What the steps change: a set of what holds, and how many moments are left to live."""

    def __init__(self):
        self.holds = set()
        self.left = None

    def tick(self):
        if self.left is None:
            return
        if self.left == 0:
            raise Crash
        self.left -= 1


class Step:
    def __init__(self, world, name):
        self.world = world
        self.name = name

    def do(self):
        self.world.tick()
        self.world.holds.add(self.name)
        self.world.tick()
        return f"did {self.name}"

    def undo(self):
        self.world.tick()
        self.world.holds.discard(self.name)
        self.world.tick()
        return ""


class Quiet:
    def __init__(self, world):
        self.world = world

    def kept(self, step):
        pass

    def begun(self, _step, *, back):
        del back
        self.world.tick()

    def ended(self, _step, _note, _seconds, *, back):
        del back
        self.world.tick()


def try_until_done(world, deaths, action):
    """Do it, dying after so many moments each time, as a person who gives the same command again."""
    for lifetime in deaths:
        world.left = lifetime
        try:
            action()
        except Crash:
            continue
        break
    else:
        world.left = None
        action()
    world.left = None


@given(st.lists(st.integers(0, 14), max_size=6), st.lists(st.integers(0, 14), max_size=6))
def test_whatever_dies_when_the_same_command_ends_well(going, returning):
    store = open_store_in_memory()
    journal, world = Journal(store), World()
    swap = journal.open_swap(
        "officine_0421", "o0421-comptoir-1", "o0421-secours-1", nas="o0421-nas-1", anyway=False
    )
    steps = [Step(world, name) for name in NAMES]

    try_until_done(world, going, lambda: walk(journal, swap, steps, Quiet(world)))
    assert world.holds == set(NAMES)
    assert journal.of_poste("o0421-comptoir-1").state is SwapState.STANDING
    assert {one.state for one in journal.steps(swap).values()} == {StepState.DONE}
    assert journal.steps(swap)["fence"].note == "did fence"

    try_until_done(world, returning, lambda: walk_back(journal, swap, steps, Quiet(world)))
    assert world.holds == set()
    assert journal.of_poste("o0421-comptoir-1") is None
    store.close()


@given(st.integers(0, 14))
def test_a_swap_that_died_half_way_can_be_taken_back(lifetime):
    store = open_store_in_memory()
    journal, world = Journal(store), World()
    swap = journal.open_swap("officine_0421", "o0421-comptoir-1", "o0421-secours-1", nas="", anyway=False)
    steps = [Step(world, name) for name in NAMES]
    world.left = lifetime
    with pytest.raises(Crash):
        walk(journal, swap, steps, Quiet(world))
    world.left = None

    walk_back(journal, swap, steps, Quiet(world))

    assert world.holds == set()
    assert journal.active() == []
    store.close()


def test_steps_that_are_done_are_not_done_again():
    store = open_store_in_memory()
    journal, world = Journal(store), World()
    swap = journal.open_swap("officine_0421", "o0421-comptoir-1", "o0421-secours-1", nas="", anyway=False)
    journal.begin(swap, "register")
    journal.end(swap, "register", StepState.DONE)

    walk(journal, swap, [Step(world, name) for name in NAMES], Quiet(world))

    assert world.holds == set(NAMES) - {"register"}
    store.close()


def open_store_in_memory():
    """A journal without a disk: what survives kill -9 on a real disk is tested on the lab."""
    store = sqlite3.connect(":memory:", isolation_level=None)
    store.row_factory = sqlite3.Row
    for step in MIGRATIONS:
        for statement in step:
            store.execute(statement)
    return store


def test_the_store_opens_again_with_all_that_was_written(tmp_path):
    path = tmp_path / "new" / "continuity.sqlite"
    store = open_store(path)
    Journal(store).open_swap("officine_0421", "o0421-comptoir-1", "o0421-secours-1", nas="", anyway=True)
    store.close()

    again = open_store(path)

    assert [one.anyway for one in Journal(again).active("officine_0421")] == [True]
    assert Journal(again).active("officine_0422") == []
    assert path.stat().st_mode & 0o077 == 0
    again.close()
