import os

import pytest

from officefleet.errors import LabError, UsageError
from officefleet.lab.lab import clear_dead
from officefleet.lab.state import LabState


@pytest.fixture(autouse=True)
def _own_states(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("name", ["", "../x", "Majuscule", "-x", "x" * 32])
def test_a_name_cannot_be_a_path(name):
    with pytest.raises(UsageError):
        LabState(name)


def test_leftovers_of_the_dead_are_cleared_and_the_living_are_not_touched():
    dead, living = LabState("dead"), LabState("living")
    for state in (dead, living):
        state.folder.mkdir(parents=True)
    lock = living.lock()

    cleared = clear_dead()

    assert cleared == ["dead"]
    assert not dead.folder.exists()
    assert living.folder.is_dir()
    assert living.lives()
    os.close(lock)
    assert not living.lives()


def test_asking_a_lab_that_is_not_up_says_so():
    with pytest.raises(LabError, match="not up"):
        LabState("nowhere").ask("status")
    with pytest.raises(LabError, match="not up"):
        LabState("nowhere").topology()
