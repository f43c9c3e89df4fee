"""A restore that was killed while a partition of its disk was mounted: the next one lets go of it first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from officefleet.images.faults import TargetError
from officefleet.images.leftovers import release

HOLD = """
import sys
from pathlib import Path
from officefleet.images.windows.volume import ntfs_volume
with ntfs_volume(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])) as folder:
    (folder / "half").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def loops(disk) -> bytes:
    return subprocess.run(["losetup", "--associated", disk], capture_output=True, check=True).stdout


def test_what_a_killed_restore_left_is_released(disk, windows) -> None:
    command = [sys.executable, "-c", HOLD, disk.path, str(disk.START), str(windows.LENGTH)]
    with subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout is not None
        folder = held.stdout.readline().strip()
        os.kill(held.pid, signal.SIGKILL)
        held.wait()
    assert loops(disk.path)
    assert os.path.ismount(folder)
    assert release(disk.path) == 1
    assert not loops(disk.path)
    assert not os.path.ismount(folder)
    assert release(disk.path) == 0
    with disk.mounted() as root:
        assert (root / "Windows").is_dir()


def test_somebody_elses_mount_is_respected(disk, windows, tmp_path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    place = f"loop,ro,offset={disk.START},sizelimit={windows.LENGTH}"
    subprocess.run(["mount", "-t", "ntfs-3g", "-o", place, disk.path, folder], check=True)
    try:
        with pytest.raises(TargetError, match="in use") as caught:
            release(disk.path)
        assert str(folder) in caught.value.hint
        assert os.path.ismount(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
    with suppress(FileNotFoundError):
        assert release(tmp_path / "no-such-disk") == 0
