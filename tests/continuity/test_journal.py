import subprocess
import sys
import textwrap

import pytest

from officefleet.continuity.database import open_store
from officefleet.continuity.journal import Journal, SwapState
from officefleet.continuity.lock import PharmacyLock
from officefleet.errors import ContinuityError


@pytest.fixture
def store(tmp_path):
    found = open_store(tmp_path / "continuity.sqlite")
    yield found
    found.close()


def begin(journal, poste, spare):
    return journal.open_swap("officine_0421", poste, spare, nas="o0421-nas-1", anyway=False)


def test_neither_a_poste_nor_a_spare_is_part_of_two_swaps(store):
    journal = Journal(store)
    first = begin(journal, "o0421-comptoir-1", "o0421-secours-1")

    with pytest.raises(ContinuityError, match="part of a swap already"):
        begin(journal, "o0421-comptoir-1", "o0421-secours-2")
    with pytest.raises(ContinuityError, match="part of a swap already"):
        begin(journal, "o0421-comptoir-2", "o0421-secours-1")

    journal.move(first, SwapState.OVER)
    begin(journal, "o0421-comptoir-2", "o0421-secours-1")


def test_the_last_drill_counts(store):
    journal = Journal(store)
    assert journal.last_drill("o0421-secours-1") is None

    journal.record_drill("o0421-secours-1", "officine_0421", good=True, note="")
    journal.record_drill("o0421-secours-1", "officine_0421", good=False, note="no scanner")

    at, good = journal.last_drill("o0421-secours-1")
    assert at > 1_700_000_000
    assert not good


def test_signs_of_life_are_replaced(store):
    journal = Journal(store)
    journal.record_seen(["a", "b"])
    first = journal.last_seen("a")
    journal.record_seen(["a"])

    assert journal.last_seen("a") >= first
    assert journal.last_seen("c") is None


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "continuity.sqlite"
    store = open_store(path)
    store.execute("PRAGMA user_version = 99")
    store.close()

    with pytest.raises(ContinuityError, match="newer officefleet"):
        open_store(path)


def test_a_file_that_is_something_else_is_refused(tmp_path):
    path = tmp_path / "continuity.sqlite"
    path.write_bytes(b"not a database, but long enough to be looked at" * 40)

    with pytest.raises(ContinuityError, match="cannot be used"):
        open_store(path)


def test_one_command_a_pharmacy(tmp_path):
    store = tmp_path / "continuity.sqlite"
    with PharmacyLock(store, "officine_0421"):
        with (
            pytest.raises(ContinuityError, match="another command works on officine_0421"),
            PharmacyLock(store, "officine_0421"),
        ):
            pass
        with PharmacyLock(store, "officine_0422"):
            pass
    with PharmacyLock(store, "officine_0421"):
        pass


def test_a_lock_dies_with_its_process(tmp_path):
    store = tmp_path / "continuity.sqlite"
    script = """
        import os, signal, sys
        from pathlib import Path
        from officefleet.continuity.lock import PharmacyLock
        with PharmacyLock(Path(sys.argv[1]), "officine_0421"):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(store)], check=False)
    assert done.returncode == -9

    with PharmacyLock(store, "officine_0421"):
        pass
