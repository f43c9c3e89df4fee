"""One partition of a disk that was restored just now, mounted in the rescue environment."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLKRRPART = 0x125F  # linux/fs.h
_WAIT = 10.0
_PAUSE = 0.05


def reread_table(disk: Path) -> None:
    """Make the kernel read the partition table of a disk again.

    Raises:
        TargetError: a partition of it is in use.

    """
    import fcntl  # noqa: PLC0415  does not exist on Windows, where only the controller runs

    try:
        with disk.open("rb") as file:
            fcntl.ioctl(file, _BLKRRPART)
    except OSError as error:
        raise TargetError(
            _("The partition table of {path} cannot be read again: {reason}.").format(
                path=disk, reason=error.strerror
            )
        ) from error


def device_of(disk: Path, number: int) -> Path:
    """Return the device of a partition; the kernel may take a moment to make it.

    Raises:
        TargetError: there is none.

    """
    folder = Path("/sys/class/block") / disk.resolve().name
    give_up = time.monotonic() + _WAIT
    while time.monotonic() < give_up:
        for entry in folder.glob("*/partition"):
            device = Path("/dev") / entry.parent.name
            if entry.read_text().strip() == str(number) and device.exists():
                return device
        time.sleep(_PAUSE)
    raise TargetError(_("{path} has no partition {number}.").format(path=disk, number=number))


@contextlib.contextmanager
def mounted_partition(device: Path, kind: str = "ext4") -> Iterator[Path]:
    """Mount a partition for the length of a block.

    Raises:
        TargetError: it cannot be mounted, or not be unmounted cleanly.

    """
    with tempfile.TemporaryDirectory(prefix="officefleet-") as folder:
        _run("mount", "-t", kind, str(device), folder)
        try:
            yield Path(folder)
        finally:
            _run("umount", folder)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetError(
            _("{program} failed: {said}").format(program=command[0], said=done.stderr.strip()[-300:])
        )
