"""Writing a stick, or the image of one: all of it, proven by reading it back, bootable only at the very end."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.atomic import TEMPORARY_SUFFIX, sync_folder
from officefleet.images.boot.faults import MediaError
from officefleet.images.boot.removable import check_disk, is_device
from officefleet.images.boot.stick import SECTOR, Seat, make_stick
from officefleet.images.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from officefleet.images.boot.stick import Stick
    from officefleet.images.rescue.builder import Rescue

__all__ = ["MediaReport", "Seat", "write_media"]
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class MediaReport:
    """What was written.

    Attributes:
        target: the stick or file.
        bytes: written and read back.
        hosts: the postes that it can rescue.

    """

    target: Path
    bytes: int
    hosts: tuple[str, ...]


def write_media(
    target: Path,
    rescue: Rescue,
    seats: Sequence[Seat],
    *,
    erase: bool = False,
    fixed_disk: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> MediaReport:
    """Write a rescue stick or an image of one.

    A file appears whole under its name or not at all. A stick gets its boot sector and partition table last, after
    all else was read back, so that one written in part boots nowhere.

    Args:
        target: a disk such as ``/dev/sdb``, or a file to be.
        rescue: from `build_rescue` or `open_rescue`, with loaders.
        seats: the postes; with several, the stick shows a menu.
        erase: a disk may hold data, a file may exist.
        fixed_disk: a disk may be other than removable.
        progress: called with bytes done and bytes in all.

    Raises:
        MediaError: the target may not be overwritten, is too small, or does not keep what was written.
        RescueError: the rescue has no boot loaders.
        ImageError: a program is missing or fails.

    """
    device = is_device(target)
    if device:
        check_disk(target, erase=erase, fixed_disk=fixed_disk)
    else:
        _check_file(target, erase=erase)
    with tempfile.TemporaryDirectory(prefix="officefleet-stick-") as work:
        stick = make_stick(rescue, seats, Path(work))
        write = _write if device else _write_file
        written = write(target, stick, progress)
    return MediaReport(target, written, tuple(seat.host for seat in seats))


def _check_file(path: Path, *, erase: bool) -> None:
    if path.is_dir() or (path.exists() and not path.is_file()):
        raise MediaError(_("{path} is neither a disk nor a file.").format(path=path))
    if path.is_relative_to("/dev"):
        raise MediaError(_("There is no disk {path}.").format(path=path))
    if path.exists() and not erase:
        raise MediaError(_("{path} exists.").format(path=path), hint=_("To write it anew, add --erase."))
    if not path.parent.is_dir():
        raise MediaError(_("There is no folder {path}.").format(path=path.parent))


def _write_file(path: Path, stick: Stick, progress: Callable[[int, int], None] | None) -> int:
    part = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        with part.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)  # it holds the host keys of the rescues
            file.truncate(stick.size)
        written = _write(part, stick, progress)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise MediaError(
            _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return written


def _write(path: Path, stick: Stick, progress: Callable[[int, int], None] | None) -> int:
    with Target(path) as target:
        if target.sector != SECTOR:
            raise MediaError(_("{path} has sectors of {size} bytes.").format(path=path, size=target.sector))
        head, tail = stick.ends(target.size)
        last = target.size - target.size % SECTOR - len(tail)
        total = 2 * stick.body.stat().st_size
        target.write(bytes(stick.body_start), 0)  # from here on nothing boots
        target.sync()
        done = 0
        for at, piece in _pieces(stick):
            target.write(piece, at)
            done += len(piece)
            if progress:
                progress(done, total)
        target.write(tail, last)
        target.sync()
        target.forget()
        for at, piece in _pieces(stick):
            _prove(target, at, piece)
            done += len(piece)
            if progress:
                progress(done, total)
        _prove(target, last, tail)
        target.write(head, 0)
        target.sync()
        target.forget()
        _prove(target, 0, head)
    return total // 2 + len(head) + len(tail)


def _pieces(stick: Stick) -> Iterator[tuple[int, bytes]]:
    with stick.body.open("rb") as file:
        at = stick.body_start
        while piece := file.read(_PIECE):
            yield at, piece
            at += len(piece)


def _prove(target: Target, at: int, wanted: bytes) -> None:
    if target.read(at, len(wanted)) != wanted:
        raise MediaError(
            _("{path} does not keep what was written, at byte {offset}.").format(path=target.path, offset=at),
            hint=_("The stick is failing, or larger in name than in fact; take another one."),
        )
