"""Whether a disk may be overwritten: a stick, not mounted, with nothing on it. Linux only, from /sys and /proc."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from officefleet.i18n import _
from officefleet.images.boot.faults import MediaError

_LOOKED_AT = 1 << 20


def check_disk(device: Path, *, erase: bool, fixed_disk: bool) -> None:
    """Refuse a disk that is not meant.

    Args:
        device: block device.
        erase: it may hold data.
        fixed_disk: it may be other than removable.

    Raises:
        MediaError: it is a partition, mounted, in use by the system, not removable, or holds data.

    """
    name = device.resolve().name
    folder = Path("/sys/class/block") / name
    if (folder / "partition").exists():
        raise MediaError(
            _("{device} is one partition of a disk.").format(device=device),
            hint=_("Name the whole disk, such as /dev/sdb."),
        )
    busy = _users(folder, name)
    if busy:
        raise MediaError(
            _("{device} is in use: {what}.").format(device=device, what=", ".join(busy)),
            hint=_("Unmount it first, and make sure that it is the stick."),
        )
    if not fixed_disk and not is_removable(folder):
        raise MediaError(
            _("{device} is no removable disk: it may be this computer's own.").format(device=device),
            hint=_("If it really is the stick, add --fixed-disk."),
        )
    if not erase and holds_data(device):
        raise MediaError(
            _("{device} holds data.").format(device=device),
            hint=_("All of it would be lost. If that is meant, add --erase."),
        )


def is_removable(folder: Path) -> bool:
    """Return whether a disk says that it is removable, or hangs on USB (many sticks say that they are fixed)."""
    try:
        removable = (folder / "removable").read_text().strip() == "1"
    except OSError:
        removable = False
    return removable or "/usb" in str((folder / "device").resolve())


def holds_data(device: Path) -> bool:
    """Return whether the first or the last MiB of a disk has other bytes than zero."""
    with device.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        for at in (0, max(0, end - _LOOKED_AT)):
            file.seek(at)
            piece = file.read(_LOOKED_AT)
            if piece.strip(b"\0"):
                return True
    return False


def is_device(path: Path) -> bool:
    """Return whether a path names a block device."""
    try:
        return stat.S_ISBLK(path.stat().st_mode)
    except OSError:
        return False


def _users(folder: Path, name: str) -> list[str]:
    """Return what holds a disk or one of its partitions: mount points, swap, other block devices."""
    devices = {name, *(path.parent.name for path in folder.glob("*/partition"))}
    numbers = {(Path("/sys/class/block") / one / "dev").read_text().strip() for one in devices}
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[2] in numbers or fields[fields.index("-") + 2].removeprefix("/dev/") in devices:
            found.append(fields[4])
    swaps = [Path(line.split()[0]).name for line in Path("/proc/swaps").read_text().splitlines()[1:]]
    found += [_("swap") for swap in swaps if swap in devices]
    for one in sorted(devices):
        found += [holder.name for holder in (Path("/sys/class/block") / one / "holders").glob("*")]
    return found
