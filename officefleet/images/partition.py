"""One partition of a disk that is being restored, mounted in the rescue environment."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOP = Path("/dev/loop-control")


@contextlib.contextmanager
def mounted_part(disk: Path, start: int, size: int, kind: str = "ext4") -> Iterator[Path]:
    """Mount a stretch of a disk for the length of a block; no partition table is needed.

    Args:
        disk: a block device, or a file that plays one.
        start: in bytes.
        size: in bytes.
        kind: of the file system.

    Raises:
        TargetError: it cannot be mounted, or not be unmounted cleanly.

    """
    if not _LOOP.exists():
        subprocess.run(
            ["modprobe", "-q", "loop"], capture_output=True, check=False
        )  # mount says what is wrong
    with tempfile.TemporaryDirectory(prefix="officefleet-") as folder:
        _run("mount", "-t", kind, "-o", f"loop,offset={start},sizelimit={size}", str(disk), folder)
        try:
            yield Path(folder)
        finally:
            _run("umount", folder)
            _run("sync", str(disk))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetError(
            _("{program} failed: {said}").format(program=command[0], said=done.stderr.strip()[-300:])
        )
