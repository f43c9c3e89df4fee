"""Opens a SQLite file of ours: private, in WAL mode, its tables brought to this version or refused."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from officefleet.errors import OfficefleetError

_PATIENCE = 10.0  # seconds to wait for another command that writes


def open_database(
    path: Path,
    migrations: Sequence[str],
    *,
    raising: type[OfficefleetError],
    hint: str,
    survives_power_cut: bool = True,
) -> sqlite3.Connection:
    """Return a connection whose rows have names; the file is made, for its owner only, when it is not there.

    The connection may be used by one thread at a time, whichever that is. A crash of this process loses nothing
    that was committed.

    Args:
        path: the file.
        migrations: each step's SQL brings the tables one version further; the file keeps how many it has seen.
        raising: the error of whoever owns the file.
        hint: what helps when the file cannot be used.
        survives_power_cut: wait for the disk at each commit; without, a power cut can lose the last commits.

    Raises:
        OfficefleetError: `raising`: not such a file, or written by a newer officefleet.

    """
    try:
        connection = _connect(path)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error, raising, hint) from None
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = {}".format("FULL" if survives_power_cut else "NORMAL"))
        connection.execute("PRAGMA foreign_keys = ON")
        seen = migrate(connection, migrations)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error, raising, hint) from None
    if seen > len(migrations):
        connection.close()
        raise raising(
            _("{path} was written by a newer officefleet").format(path=path),
            hint=_("update officefleet; {hint}").format(hint=hint),
        )
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


def migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> int:
    """Take the steps that the file has not seen, all of them or none.

    Returns:
        The file's version: more than there are steps when a newer officefleet wrote it, which is left as it is.

    """
    version = _version(connection)
    if version >= len(migrations):
        return version
    with transaction(connection):
        version = _version(connection)  # another process may have been faster
        for step in migrations[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        version = max(version, len(migrations))
        connection.execute(f"PRAGMA user_version = {version:d}")
    return version


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        os.close(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        )  # it tells a lot about a pharmacy
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


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


def _unusable(path: Path, error: Exception, raising: type[OfficefleetError], hint: str) -> OfficefleetError:
    reason = getattr(error, "strerror", None) or str(error)
    return raising(_("{path} cannot be used: {reason}").format(path=path, reason=reason), hint=hint)
