"""Where a restore reads from: a folder, or a store served over plain HTTP.

Neither is trusted: every index is signed and every chunk is proven by its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from officefleet.errors import ChunkError, StoreError
from officefleet.i18n import _
from officefleet.images.chunk import LARGEST_PACKED, chunk_path, unpack_into

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_CATALOGUE = 4 * 1024 * 1024


class Source(Protocol):
    """A store that can be read; threads share it."""

    name: str
    parallel: int

    def chunk_into(self, digest: bytes, view: memoryview) -> int:
        """Fill `view` with a chunk; return how many compressed bytes that took.

        A source that is quick may leave the hash to its caller, who proves what was written anyway.

        Raises:
            ChunkError: missing, or damaged again and again.
            StoreError: the store cannot be reached or is too slow.

        """
        ...

    def file(self, path: str, *, limit: int) -> bytes:
        """Return a file of the store of at most `limit` bytes, such as ``keys.json``.

        Raises:
            StoreError: it cannot be read, or is larger.

        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class FolderSource:
    """A store in a folder: a removable disk, a mounted NAS, or the builder's own."""

    parallel = 4

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)
        if not (root / "chunks").is_dir():
            raise StoreError(
                _("{path} is not an image store.").format(path=root),
                hint=_("Check the path, or that the removable disk is mounted."),
            )

    def chunk_into(self, digest: bytes, view: memoryview) -> int:
        """Fill `view` with a chunk (see `Source`); only lengths and the frame's checksum are checked."""
        chunk = digest.hex()
        try:
            packed = self._read(chunk_path(chunk), LARGEST_PACKED)
        except FileNotFoundError as error:
            if not (self.root / "chunks").is_dir():
                raise StoreError(
                    _("The store {name} is gone.").format(name=self.name),
                    hint=_("Bring it back and run the same command again: the restore goes on."),
                ) from error
            raise ChunkError(
                _("The store lacks chunk {chunk}.").format(chunk=chunk),
                hint=_("Run officefleet image verify, or restore from another copy."),
            ) from error
        except OSError as error:
            raise self._unreadable(chunk, error) from error
        unpack_into(packed, digest, view)
        return len(packed)

    def file(self, path: str, *, limit: int) -> bytes:
        """Return a file of the store (see `Source`)."""
        try:
            return self._read(path, limit)
        except OSError as error:
            raise self._unreadable(path, error) from error

    def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _read(self, path: str, limit: int) -> bytes:
        with (self.root / path).open("rb", buffering=0) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise StoreError(_("{path} in the store is too large.").format(path=path))
        return data

    def _unreadable(self, path: str, error: OSError) -> StoreError:
        return StoreError(
            _("Cannot read {path} in the store {name}: {reason}.").format(
                path=path, name=self.name, reason=error.strerror or error
            )
        )
