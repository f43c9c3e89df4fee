from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from officefleet.errors import LedgerError
from officefleet.ledger import default_path, open_ledger
from officefleet.ledger.alive import RunLock, is_alive
from officefleet.ledger.schema import MIGRATIONS

VERSION = len(MIGRATIONS)


def test_a_new_ledger_has_the_current_version_and_keeps_it(path: Path) -> None:
    for _time in range(2):
        with closing(open_ledger(path)) as ledger:
            assert ledger.execute("PRAGMA user_version").fetchone()[0] == VERSION
            assert ledger.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    open_ledger(path).close()
    with closing(sqlite3.connect(path)) as ledger:
        ledger.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(LedgerError, match="newer"):
        open_ledger(path)


def test_something_else_is_no_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, but long enough to look at\n" * 100)
    with pytest.raises(LedgerError, match="cannot be used"):
        open_ledger(path)


def test_a_ledger_that_must_exist(path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        open_ledger(path, create=False)
    assert not path.exists()


def test_where_the_ledger_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OFFICEFLEET_LEDGER", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "officefleet" / "ledger.sqlite"
    monkeypatch.setenv("OFFICEFLEET_LEDGER", "~/x.sqlite")
    assert default_path() == Path.home() / "x.sqlite"


def test_a_run_is_alive_while_its_lock_is_held(path: Path) -> None:
    path.parent.mkdir()
    assert not is_alive(path, "abc")
    lock = RunLock(path, "abc")
    assert is_alive(path, "abc")
    with pytest.raises(LedgerError, match="another process"):
        RunLock(path, "abc")
    lock.release()
    assert not is_alive(path, "abc")
    assert list(path.parent.rglob("*.lock")) == []
