"""One rollout of a name at a time; on every system, and gone when its process dies."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Self

from officefleet.errors import RunError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path


class RolloutLock:
    """A file that this process holds locked; SQLite's own locks do the work, so that Windows has them too.

    The file stays when the lock is let go: removing it could take it from under another process.

    Args:
        store: the file with the rollouts; locks lie beside it.
        name: the rollout's.

    """

    def __init__(self, store: Path, name: str) -> None:
        self._file = store.with_name(store.name + ".locks") / f"{name}.lock"
        self._name = name
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            RunError: a rollout of this name is under way.

        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(self._file, timeout=0, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise RunError(_("cannot lock {file}: {reason}").format(file=self._file, reason=error)) from None
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            connection.close()
            raise RunError(
                _("the rollout {name} is under way").format(name=self._name),
                hint=_("`officefleet rollout status` shows it"),
            ) from None
        self._connection = connection
        return self

    def __exit__(self, *_error: object) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()

    def is_held(self) -> bool:
        """Return whether a process works on the rollout."""
        if not self._file.exists():
            return False
        try:
            with self:
                return False
        except RunError:
            return True
