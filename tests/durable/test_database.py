"""A file of tables: new, older, newer, broken, shared."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from officefleet.durable.database import open_database, transaction
from officefleet.errors import LedgerError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

FIRST = "CREATE TABLE one (x TEXT NOT NULL) STRICT; -- a remark; with a semicolon\nCREATE INDEX ones ON one (x);\n"
SECOND = "CREATE TABLE two (x TEXT) STRICT;\n"


def opened(path: Path, *steps: str) -> sqlite3.Connection:
    return open_database(path, steps, raising=LedgerError, hint="look elsewhere")


def tables(connection: sqlite3.Connection) -> set[str]:
    return {row["name"] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_a_new_file_is_private_and_has_all_steps(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.sqlite"
    with closing(opened(path, FIRST, SECOND)) as connection:
        assert tables(connection) == {"one", "two"}
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 2
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert path.stat().st_mode & 0o077 == 0


def test_an_older_file_gets_the_steps_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite"
    with closing(opened(path, FIRST)) as connection:
        connection.execute("INSERT INTO one VALUES ('kept')")
    with closing(opened(path, FIRST, SECOND)) as connection:
        assert tables(connection) == {"one", "two"}
        assert connection.execute("SELECT x FROM one").fetchone()["x"] == "kept"


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite"
    opened(path, FIRST, SECOND).close()
    with pytest.raises(LedgerError, match="newer officefleet") as caught:
        opened(path, FIRST)
    assert "look elsewhere" in str(caught.value.hint)
    with closing(opened(path, FIRST, SECOND)) as connection:
        assert tables(connection) == {"one", "two"}


def test_a_failed_step_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite"
    with pytest.raises(LedgerError, match="cannot be used"):
        opened(path, FIRST, SECOND + SECOND)
    with closing(opened(path, FIRST)) as connection:
        assert tables(connection) == {"one"}


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be used"):
        opened(tmp_path, FIRST)


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "file.sqlite", FIRST)) as connection:
        with pytest.raises(KeyboardInterrupt):
            insert_and_stop(connection)
        with transaction(connection):
            connection.execute("INSERT INTO one VALUES ('kept')")
        assert [row["x"] for row in connection.execute("SELECT x FROM one")] == ["kept"]


def insert_and_stop(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO one VALUES ('lost')")
        raise KeyboardInterrupt
