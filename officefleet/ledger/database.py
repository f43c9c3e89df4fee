"""Opens the ledger's file: where it is, how SQLite is set, which version its tables have."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path

from officefleet.errors import LedgerError
from officefleet.i18n import _
from officefleet.ledger.schema import MIGRATIONS, VERSION

_PATIENCE = 10.0  # seconds to wait for another run that writes


def default_path() -> Path:
    """Return OFFICEFLEET_LEDGER, else ``officefleet/ledger.sqlite`` in the user's state folder."""
    given = os.environ.get("OFFICEFLEET_LEDGER")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "officefleet" / "ledger.sqlite"


def open_ledger(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """Return a connection to the ledger, its tables brought to this version; rows have names.

    The connection may be used by one thread at a time, whichever that is.

    Raises:
        LedgerError: no such file (unless `create`), not a ledger, written by a newer officefleet.

    """
    if not create and not path.exists():
        raise LedgerError(
            _("there is no ledger at {path}").format(path=path),
            hint=_("`officefleet run` makes one; OFFICEFLEET_LEDGER names another"),
        )
    try:
        _make_private(path)
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a crash of this process loses nothing that was committed, a power cut at most the last rows.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from None
    except LedgerError:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that the file has not seen, all of them or none.

    Raises:
        LedgerError: the file was written by a newer version.

    """
    version = _version(connection)
    if version == VERSION:
        return
    if version > VERSION:
        raise LedgerError(
            _("the ledger {path} was written by a newer officefleet").format(path=path),
            hint=_("update officefleet, or name another ledger with OFFICEFLEET_LEDGER"),
        )
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been faster
        for step in MIGRATIONS[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(step: str) -> list[str]:
    """Return the statements of a step; `executescript` would commit between them."""
    found: list[str] = []
    text = ""
    for line in step.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make_private(path: Path) -> None:
    """Make the file readable by its owner only: results tell a lot about a pharmacy."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _unusable(path: Path, error: Exception) -> LedgerError:
    reason = getattr(error, "strerror", None) or str(error)
    return LedgerError(
        _("the ledger {path} cannot be used: {reason}").format(path=path, reason=reason),
        hint=_("name another with OFFICEFLEET_LEDGER, or leave it out with --no-ledger"),
    )
