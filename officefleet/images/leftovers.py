"""What a killed restore left behind on its disk: a mounted partition, which must go before anything is compared.

A process that is killed while it writes an identity leaves its mount. Opening the disk exclusively does not reveal it
(a loop device stands between), and what such a mount still writes would come after the proof.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from officefleet.i18n import _
from officefleet.images.faults import TargetError

MOUNTED_AS = "officefleet-"  # how the folders are named on which partitions are mounted
_BLOCK = Path("/sys/block")
_MOUNTS = Path("/proc/self/mounts")


def release(disk: Path) -> int:
    """Unmount what an earlier restore left mounted of a disk, and give its loop devices back; return how many.

    Call it once the disk is locked, so that no restore is at work on it.

    Raises:
        TargetError: somebody else has mounted a part of it, or it cannot be unmounted.

    """
    found = [name for name in sorted(_loops()) if _holds(name, disk)]
    mounts = _mounts()
    for name in found:
        device = f"/dev/{name}"
        folders = mounts.get(device, [])
        if any(not Path(folder).name.startswith(MOUNTED_AS) for folder in folders):
            raise TargetError(
                _("{path} is in use.").format(path=disk),
                hint=_("A part of it is mounted on {folder}.").format(folder=folders[0]),
            )
        for folder in folders:
            _run("umount", folder)
        if (_BLOCK / name / "loop").exists():  # else it went with its mount
            _run("losetup", "--detach", device)
    return len(found)


def _loops() -> list[str]:
    return [path.name for path in _BLOCK.glob("loop*") if (path / "loop/backing_file").exists()]


def _holds(name: str, disk: Path) -> bool:
    try:
        return Path((_BLOCK / name / "loop/backing_file").read_text(encoding="utf-8").rstrip("\n")).samefile(
            disk
        )
    except OSError:
        return False


def _mounts() -> dict[str, list[str]]:
    """Return where each device is mounted."""
    found: dict[str, list[str]] = {}
    for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
        device, folder = line.split()[:2]
        found.setdefault(device, []).append(folder.replace("\\040", " "))
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetError(
            _("{program} failed: {said}").format(program=command[0], said=done.stderr.strip()[-300:])
        )
