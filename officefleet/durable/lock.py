"""A lock between processes: on every system, without process ids, and gone when its holder dies."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Self

from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.errors import OfficefleetError


class FileLock:
    """A file that this process holds locked; SQLite's own locks do the work, so that Windows has them too.

    The file stays when the lock is let go: removing it could take it from under another process.

    Args:
        file: made when it is not there, with its folder.
        busy: raised when another process has it.

    """

    def __init__(self, file: Path, busy: OfficefleetError) -> None:
        self.file = file
        self._busy = busy
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            OfficefleetError: `busy`; or an error of its kind when the file cannot be made.

        """
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(self.file, timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise type(self._busy)(
                _("cannot lock {file}: {reason}").format(file=self.file, reason=error)
            ) from None
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            connection.close()
            raise self._busy from None
        self._connection = connection
        return self

    def __exit__(self, *_error: object) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def is_locked(file: Path) -> bool:
    """Return whether a process holds the file locked."""
    if not file.exists():
        return False
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return True
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return False
