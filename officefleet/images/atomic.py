"""Files that are either whole or absent, on a disk that may fill up or lose power."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from typing import TYPE_CHECKING

from officefleet.errors import StoreError
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}
TEMPORARY_SUFFIX = ".part"


def write_atomic(path: Path, data: bytes | memoryview, *, replace: bool = True) -> bool:
    """Write a file so that after a crash it holds all of `data` or what it held before.

    Args:
        path: where; its folder must exist.
        data: the whole content.
        replace: False to leave an existing file as it is.

    Returns:
        Whether the file was written; only False when `replace` is False and it existed.

    Raises:
        StoreError: the medium is full or failed; nothing is left behind.

    """
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}{TEMPORARY_SUFFIX}")
    try:
        _write_synced(part, data)
        if replace:
            part.replace(path)
        elif not _link_new(part, path):
            return False
        sync_folder(path.parent)
    except OSError as error:
        raise _store_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; systems that cannot open a folder need nothing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # vfat and some network file systems have no fsync of folders
            raise
    finally:
        os.close(descriptor)


def _write_synced(part: Path, data: bytes | memoryview) -> None:
    with part.open("wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


def _link_new(part: Path, path: Path) -> bool:
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # FAT has no links: the check is then not atomic, and a removable disk has one writer
        if path.exists():
            return False
        part.replace(path)
    return True


def _store_error(path: Path, error: OSError) -> StoreError:
    if error.errno in _FULL:
        return StoreError(
            _("The store is full: {path} could not be written.").format(path=path),
            hint=_("Free space with officefleet image prune, or use a larger disk."),
        )
    return StoreError(_("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror or error))
