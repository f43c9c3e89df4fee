"""What a build in progress relies on, written down before it relies on it.

Garbage collection and builds need no lock between them: a writer first writes a
chunk's id into its lease and then looks whether the chunk is there; the collector first moves a chunk away,
then reads the leases again and puts it back if it finds the id. In every order of events one sees the other.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from typing import TYPE_CHECKING

from officefleet.errors import StoreError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from officefleet.images.store import Store

LIFETIME = 24 * 3600
_ID_LINE = 65


class Lease:
    """An open lease; threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        except OSError as error:
            raise StoreError(
                _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror)
            ) from error

    def claim(self, chunk: str) -> None:
        """Write down that this build relies on a chunk.

        Raises:
            StoreError: the store is full or failed.

        """
        line = f"{chunk}\n".encode("ascii")
        try:
            with self._lock:
                written = os.write(self._descriptor, line)
        except OSError as error:
            raise StoreError(
                _("Cannot write {path}: {reason}.").format(path=self.path, reason=error.strerror)
            ) from error
        if written != len(line):
            raise StoreError(_("The store is full: {path} could not be written.").format(path=self.path))

    def release(self) -> None:
        """End the lease: what it named is now named by an index, or is garbage."""
        os.close(self._descriptor)
        with contextlib.suppress(OSError):
            self.path.unlink()


@contextlib.contextmanager
def held(store: Store) -> Iterator[Lease]:
    """Hold a lease on `store` for the length of a build.

    Raises:
        StoreError: the store cannot be written.

    """
    lease = Lease(store.root / "leases" / f"{uuid.uuid4().hex}.lease")
    try:
        yield lease
    finally:
        lease.release()


def claimed(store: Store, *, now: float | None = None) -> set[str]:
    """Return the ids in all leases written to in the last 24 hours; older ones are of builds that died."""
    oldest = (time.time() if now is None else now) - LIFETIME
    found: set[str] = set()
    for file in (store.root / "leases").glob("*.lease"):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime >= oldest:
                lines = file.read_text("ascii").splitlines(keepends=True)
                found.update(line[:-1] for line in lines if len(line) == _ID_LINE)
    return found
