"""File systems inside a raw disk, mounted for inspection or for an update in place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import ImageError
from officefleet.i18n import _
from officefleet.images.chunking import data_windows, is_zero
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.images.index_fields import Partition

_OPTIONS = {"ext4": "noload,", "ntfs-3g": "", "vfat": ""}
_SIGNATURES = ((1080, b"\x53\xef", "ext4"), (3, b"NTFS    ", "ntfs-3g"), (82, b"FAT32   ", "vfat"))
_ANY_SHAPE = {"MTOOLS_SKIP_CHECK": "1"}  # mtools knows floppies better than partitions
_MORE_SIGNATURES = ((54, b"FAT16   ", "vfat"), (54, b"FAT12   ", "vfat"), (4086, b"SWAPSPACE2", "swap"))


def file_system(disk: Path, start: int, size: int) -> str:
    """Return what a stretch of a disk holds: ext4, ntfs-3g, vfat, swap, "" for nothing, "?" for unknown."""
    with disk.open("rb") as file:
        file.seek(start)
        head = file.read(8192)
        for offset, magic, name in (*_SIGNATURES, *_MORE_SIGNATURES):
            if head[offset : offset + len(magic)] == magic:
                return name
        for low, high in data_windows(file.fileno(), start, start + size):
            file.seek(low)
            if not is_zero(file.read(high - low)):
                return "?"
    return ""


@contextlib.contextmanager
def mounted(disk: Path, part: Partition, kind: str, *, writable: bool = False) -> Iterator[Path]:
    """Mount one partition of a raw disk for the length of a block; FAT is copied out instead.

    Args:
        disk: the file.
        part: which stretch of it.
        kind: from `file_system`.
        writable: else nothing is changed, not even by replaying a journal.

    Raises:
        ImageError: not root, or the file system cannot be mounted.

    """
    if kind == "vfat" and not writable:  # small, and needs neither root nor a driver of the system's
        with tempfile.TemporaryDirectory(prefix="officefleet-fat-") as folder:
            image = f"{disk}@@{part.start}"
            # -n: names that differ in capitals only must not ask; an empty root has nothing to copy
            if run_tool(["mdir", "-b", "-i", image, "::/"], environment=_ANY_SHAPE):
                run_tool(["mcopy", "-s", "-n", "-i", image, "::/", folder], environment=_ANY_SHAPE)
            yield Path(folder)
        return
    if os.geteuid() != 0:
        raise ImageError(_("Looking into a disk needs root."), hint=_("Run it with sudo."))
    options = f"loop,offset={part.start},sizelimit={part.size}"
    options = f"rw,{options}" if writable else f"ro,{_OPTIONS.get(kind, '')}{options}"
    with tempfile.TemporaryDirectory(prefix="officefleet-mount-") as folder:
        run_tool(["mount", "-t", kind, "-o", options, str(disk), folder])
        try:
            yield Path(folder)
        finally:
            run_tool(["umount", folder])
