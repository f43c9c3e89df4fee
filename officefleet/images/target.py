"""The disk, or file, that a restore writes. POSIX only: the rescue environment is Linux."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.chunking import data_windows
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

_BLKGETSIZE64 = 0x80081272  # linux/fs.h
_BLKSSZGET = 0x1268
_DIRECT = 4096  # enough for every disk and file system
_PIECE = 4 * 1024 * 1024


class Target:
    """An open target, locked against every other restore.

    Attributes:
        size: bytes.
        sector: bytes of a logical sector.
        is_disk: whether it is a block device; else it is a file that plays one.
        is_direct: whether reads go past the page cache; several at once then keep the medium busy.

    """

    def __init__(self, path: Path, *, sector: int | None = None, create_bytes: int | None = None) -> None:
        """Open and lock the target.

        Args:
            path: a block device or a regular file.
            sector: for a file, the sector size that it plays; 512 by default.
            create_bytes: make a file of this size if there is none; never below ``/dev``.

        Raises:
            TargetError: it does not exist, is mounted, or another restore has it.

        """
        self.path = path
        self._descriptor = self._direct = _open(path, create_bytes)
        try:
            self._lock()
            mode = os.fstat(self._descriptor).st_mode
            self.is_disk = stat.S_ISBLK(mode)
            if self.is_disk:
                self.size = struct.unpack("=Q", self._ask(_BLKGETSIZE64, 8))[0]
                self.sector = struct.unpack("=I", self._ask(_BLKSSZGET, 4))[0]
            else:
                if create_bytes is not None and os.fstat(self._descriptor).st_size == 0:
                    os.ftruncate(self._descriptor, create_bytes)
                self.size = os.fstat(self._descriptor).st_size
                self.sector = sector or 512
            self._direct = self._open_direct()
            self.is_direct = self._direct != self._descriptor
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Unlock and close."""
        if self._direct != self._descriptor:
            os.close(self._direct)
        os.close(self._descriptor)

    def read_into(self, buffer: memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`, past the page cache where offset, length and memory are aligned.

        Reading through the cache costs a copy, which takes longer than hashing what was read.

        Raises:
            TargetError: the disk cannot be read there.

        """
        descriptor = self._direct if offset % _DIRECT == 0 == len(buffer) % _DIRECT else self._descriptor
        try:
            while buffer:
                try:
                    count = os.preadv(descriptor, [buffer], offset)
                except OSError as error:
                    if error.errno != errno.EINVAL or descriptor == self._descriptor:
                        raise
                    descriptor = self._descriptor  # as in `write`
                    continue
                if count == 0:
                    raise self._failed(_("read"), offset, os.strerror(errno.EIO))
                buffer, offset = buffer[count:], offset + count
        except OSError as error:
            raise self._failed(_("read"), offset, str(error)) from error

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` (see `read_into`)."""
        buffer = bytearray(length)
        self.read_into(memoryview(buffer), offset)
        return bytes(buffer)

    def write(self, content: bytes | memoryview, offset: int) -> None:
        """Write all of `content` at `offset`.

        Raises:
            TargetError: the disk cannot be written there.

        """
        rest = memoryview(content)
        descriptor = self._direct if offset % _DIRECT == 0 == len(rest) % _DIRECT else self._descriptor
        try:
            while rest:
                try:
                    count = os.pwrite(descriptor, rest, offset)
                except OSError as error:
                    if error.errno != errno.EINVAL or descriptor == self._descriptor:
                        raise
                    descriptor = self._descriptor  # the memory is not aligned, or the file system cannot
                    continue
                rest, offset = rest[count:], offset + count
        except OSError as error:
            raise self._failed(_("written"), offset, str(error)) from error

    def sync(self) -> None:
        """Wait until all that was written is on the medium.

        Raises:
            TargetError: the disk lost some of it.

        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._failed(_("written"), 0, str(error)) from error

    def forget(self, offset: int = 0, length: int = 0) -> None:
        """Drop what is cached, so that the next read comes from the medium; length 0 means to the end."""
        with contextlib.suppress(OSError):
            os.posix_fadvise(self._descriptor, offset, length, os.POSIX_FADV_DONTNEED)

    def expect_sequential(self) -> None:
        """Tell the system that the target will be read once, from start to end."""
        with contextlib.suppress(OSError):
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    def is_hole(self, start: int, end: int) -> bool:
        """Return whether a stretch of a sparse file is known to be zero without reading it."""
        if self.is_disk:
            return False
        try:
            return os.lseek(self._descriptor, start, os.SEEK_DATA) >= end
        except OSError as error:
            return error.errno == errno.ENXIO

    def maybe_data(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the pieces, of at most 4 MiB, of a stretch that may hold other than zero."""
        if self.is_disk:
            for at in range(start, end, _PIECE):
                yield at, min(at + _PIECE, end)
            return
        low = high = start
        for at, stop in data_windows(self._descriptor, start, end):
            if at != high or stop - low > _PIECE:
                if high > low:
                    yield low, high
                low = at
            high = stop
        if high > low:
            yield low, high

    def _open_direct(self) -> int:
        """Open the same target past the cache, or return the cached descriptor if that fails."""
        try:
            return os.open(f"/proc/self/fd/{self._descriptor}", os.O_RDWR | os.O_DIRECT | os.O_CLOEXEC)
        except OSError:
            return self._descriptor

    def _lock(self) -> None:
        import fcntl  # noqa: PLC0415  does not exist on Windows, where only the controller runs

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _busy(self.path) from error

    def _ask(self, request: int, length: int) -> bytes:
        import fcntl  # noqa: PLC0415  as above

        return fcntl.ioctl(self._descriptor, request, bytes(length))

    def _failed(self, what: str, offset: int, reason: str) -> TargetError:
        return TargetError(
            _("{path} cannot be {what} at byte {offset}: {reason}.").format(
                path=self.path, what=what, offset=offset, reason=reason
            ),
            hint=_("The disk is failing or full; replace it."),
        )


def _open(path: Path, create_bytes: int | None) -> int:
    flags = os.O_RDWR | os.O_CLOEXEC
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError as error:
        if create_bytes is None or path.is_relative_to("/dev"):
            raise TargetError(_("There is no disk {path}.").format(path=path)) from error
        kind, flags = stat.S_IFREG, flags | os.O_CREAT
    if kind not in (stat.S_IFBLK, stat.S_IFREG):
        raise TargetError(_("{path} is neither a disk nor a file.").format(path=path))
    if kind == stat.S_IFBLK:
        flags |= os.O_EXCL  # Linux then refuses a disk that is mounted or otherwise in use
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise _busy(path) from error
        raise TargetError(_("Cannot open {path}: {reason}.").format(path=path, reason=str(error))) from error


def _busy(path: Path) -> TargetError:
    return TargetError(
        _("{path} is in use.").format(path=path),
        hint=_("Another restore is running on it, or one of its partitions is mounted."),
    )
