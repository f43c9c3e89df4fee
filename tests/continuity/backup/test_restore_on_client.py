"""After ransomware a rebuilt machine takes its data from a disk that was at home, plugged into itself: no NAS is asked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.continuity.backup.test_backup_disks import HOST, OTHER, plug, unplug, with_disks

TEMPLATE = Path(__file__).parents[3] / "roles/backup/templates/client.json.j2"
__all__ = ["plug"]  # the fixture
pytestmark = [
    pytest.mark.usefixtures("alone_with_disks"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes loop devices"),
    pytest.mark.skipif(shutil.which("mkfs.ext4") is None, reason="needs e2fsprogs"),
]


def test_a_machine_restores_from_a_disk_of_its_own(world, plug, tmp_path: Path) -> None:
    with_disks(world, "A")
    world.client_settings["disks"] = world.nas_settings["disks"]
    world.client_settings["clients"] = [HOST]  # as the role writes it
    assert '"clients": [inventory_hostname]' in TEMPLATE.read_text(encoding="utf-8")
    world.save()
    snapshot = world.client("run")["snapshot"]
    image, device = plug("OFF0421-A")
    world.nas("copy")
    unplug(device)
    world.stop()  # the NAS is gone, or not to be trusted
    shutil.rmtree(world.folder / "client" / "state", ignore_errors=True)  # the machine is new
    plug("", file=image)

    listed = world.client("snapshots", "--disk", "A")["snapshots"]
    [found] = [one for one in listed if one["original"].startswith(snapshot)]
    target = tmp_path / "restored"
    world.client("restore", "--disk", "A", "--snapshot", found["id"], "--target", str(target))

    for one in world.data.iterdir():
        assert target.joinpath(*one.parts[1:]).read_bytes() == one.read_bytes()
    assert world.problem(
        "client", "restore", "--disk", "A", "--host", OTHER, "--target", str(tmp_path / "x")
    )["code"] == ("no-client")
