"""One NTFS partition of a disk, opened for writing only when Windows has let go of it.

ntfs-3g would mount a hibernated Windows read-only, or lose what waits in its journal: both are refused here, by
``ntfs-3g.probe``, whose exit codes its manual page lists.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.index_fields import Partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_HIBERNATED, _UNCLEAN = 14, 15
_PACKAGES = {"losetup": "mount", "ntfs-3g": "ntfs-3g", "ntfs-3g.probe": "ntfs-3g", "umount": "mount"}


@contextlib.contextmanager
def ntfs_volume(disk: Path, start: int, size: int) -> Iterator[Path]:
    """Mount a stretch of a disk that holds an NTFS for the length of a block; all is on the medium after it.

    Args:
        disk: a block device, or a file that plays one; no partition table is needed.
        start: in bytes.
        size: in bytes.

    Raises:
        TargetError: it is no NTFS, is encrypted, hibernated, not cleanly closed, or cannot be mounted.

    """
    check_boot_sector(disk, start)
    if not Path("/dev/fuse").exists():
        subprocess.run(["modprobe", "-q", "fuse"], capture_output=True, check=False)
    part = Partition(0, "", "", "", start, size)
    with tempfile.TemporaryDirectory(prefix="officefleet-") as folder, loop_device(disk, part) as device:
        must_be_clean(device)
        _run(["ntfs-3g", "-o", "rw,norecover,silent", device, folder])
        try:
            yield Path(folder)
        finally:
            _run(["umount", folder])
            _run(["sync", str(disk)])


def check_boot_sector(disk: Path, start: int) -> None:
    """Check that an NTFS starts at a place of a disk.

    Raises:
        TargetError: it does not.

    """
    with disk.open("rb") as file:
        file.seek(start)
        head = file.read(512)
    if head[3:11] == b"-FVE-FS-":
        raise TargetError(
            _("The Windows partition is encrypted by BitLocker."),
            hint=_("Turn BitLocker off before sysprep (manage-bde -off C:), and build the image again."),
        )
    if head[3:11] != b"NTFS    ":
        raise TargetError(_("The Windows partition holds no NTFS."))


def must_be_clean(device: str) -> None:
    """Check that Windows closed an NTFS.

    Raises:
        TargetError: it is hibernated, was not closed cleanly, or is damaged.

    """
    status = _status(["ntfs-3g.probe", "--readwrite", device])
    if status == 0:
        return
    if status == _HIBERNATED:
        raise TargetError(
            _("The Windows partition is hibernated or shut down by fast startup."),
            hint=_("Turn it off (powercfg /h off), shut Windows down, and build the image again."),
        )
    if status == _UNCLEAN:
        raise TargetError(
            _("The Windows partition was not closed cleanly."),
            hint=_("Start that Windows, let it check its disk, shut it down, and build the image again."),
        )
    raise TargetError(
        _("The Windows partition is damaged (ntfs-3g.probe: {status}).").format(status=status),
        hint=_("Check it with chkdsk /f and build the image again."),
    )


@contextlib.contextmanager
def loop_device(disk: Path, part: Partition, *, sector: int = 512) -> Iterator[str]:
    """Give a stretch of a disk a device of its own for the length of a block.

    Raises:
        TargetError: no loop device can be had.

    """
    if not Path("/dev/loop-control").exists():
        subprocess.run(["modprobe", "-q", "loop"], capture_output=True, check=False)
    command = ["losetup", "--find", "--show", "--sector-size", str(sector)]
    command += ["--offset", str(part.start), "--sizelimit", str(part.size), str(disk)]
    device = _run(command).strip()
    try:
        yield device
    finally:
        _run(["losetup", "--detach", device])


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise TargetError(
            _("The program {program} is not installed.").format(program=name),
            hint=_("On Debian: apt-get install {package}.").format(package=_PACKAGES.get(name, name)),
        )
    return found


def _status(command: Sequence[str]) -> int:
    done = subprocess.run([_program(command[0]), *command[1:]], capture_output=True, check=False)
    return done.returncode


def _run(command: Sequence[str]) -> str:
    done = subprocess.run([_program(command[0]), *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetError(
            _("{program} failed: {said}").format(program=command[0], said=done.stderr.strip()[-300:])
        )
    return done.stdout
