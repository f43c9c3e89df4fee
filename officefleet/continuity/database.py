"""The continuity file: one SQLite database with swaps, drills and the binder."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.continuity.schema import MIGRATIONS
from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 10.0  # seconds to wait for another command that writes


def default_path() -> Path:
    """Return OFFICEFLEET_CONTINUITY, else ``officefleet/continuity.sqlite`` in the user's state folder."""
    given = os.environ.get("OFFICEFLEET_CONTINUITY")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "officefleet" / "continuity.sqlite"


def open_store(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, made when it is not there; what is committed survives a power cut.

    Raises:
        ContinuityError: not such a file, or written by a newer officefleet.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from None
    except ContinuityError:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all that is inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with transaction(connection):
        version = _version(connection)  # another process may have been faster
        if version > len(MIGRATIONS):
            raise ContinuityError(
                _("{path} was written by a newer officefleet").format(path=path),
                hint=_("update officefleet, or name another file with OFFICEFLEET_CONTINUITY"),
            )
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS):d}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _unusable(path: Path, error: Exception) -> ContinuityError:
    reason = getattr(error, "strerror", None) or str(error)
    return ContinuityError(
        _("{path} cannot be used: {reason}").format(path=path, reason=reason),
        hint=_("OFFICEFLEET_CONTINUITY names another file"),
    )
