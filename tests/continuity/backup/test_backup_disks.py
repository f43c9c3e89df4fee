"""Removable disks: real file systems on loop devices, mounted and let go."""

import json
import os
import re
import shutil
import subprocess

import pytest

HOST, OTHER = "o0421-serveur-1", "o0421-comptoir-1"
pytestmark = [
    pytest.mark.usefixtures("alone_with_disks"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes loop devices"),
    pytest.mark.skipif(shutil.which("mkfs.ext4") is None, reason="needs e2fsprogs"),
]


@pytest.fixture
def plug(tmp_path):
    """Plug a disk in: a file becomes a block device."""
    _clear_what_was_killed()
    plugged = []

    def do(label, megabytes=64, *, file=None):
        path = file or tmp_path / f"{label}-{len(plugged)}.img"
        if file is None:
            with path.open("wb") as image:
                image.truncate(megabytes << 20)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-L", label, path], check=True)
        done = subprocess.run(
            ["losetup", "--find", "--show", path], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no loop devices here: {done.stderr.strip()}")
        device = done.stdout.strip()
        plugged.append(device)
        subprocess.run(["udevadm", "settle"], check=False) if shutil.which("udevadm") else None
        return path, device

    yield do
    for device in plugged:
        subprocess.run(["losetup", "--detach", device], check=False, capture_output=True)


def _clear_what_was_killed():
    """Take out disks that a killed run of these tests left plugged in: they bear the labels of ours."""
    command = ["losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE"]
    for line in subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines():
        device, _blank, file = line.partition(" ")
        if re.search(r"/OFF0\d{3}-[A-Z]-\d+\.img", file):
            subprocess.run(["losetup", "--detach", device], check=False, capture_output=True)


def unplug(device):
    subprocess.run(["losetup", "--detach", device], check=True)


def uuid_of(device):
    command = ["blkid", "-o", "value", "-s", "UUID", device]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def with_disks(world, *names):
    world.nas_settings["disks"] = [
        {"name": one, "label": f"OFF0421-{one}", "uuid": None, "holder": f"holder of {one}"} for one in names
    ]
    world.save()


def inside(device, place, script):
    """Run a script in a disk, in a mount namespace of its own: nobody else may hold the disk afterwards."""
    place.mkdir(exist_ok=True)
    text = 'mount "$0" "$1" && cd "$1" && { ' + script + '; } && cd / && umount "$1"'
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", text, device, place]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def mounts():
    return subprocess.run(["findmnt", "-rno", "TARGET"], capture_output=True, text=True, check=True).stdout


def test_a_disk_is_written_checked_and_let_go_and_gives_everything_back(world, plug):
    with_disks(world, "A", "B")
    snapshot = world.client("run")["snapshot"]
    _image, device = plug("OFF0421-A")

    done = world.nas("copy")

    assert done["disk"] == "A"
    assert done["holder"] == "holder of A"
    assert done["hosts"][HOST]["check"]["good"] is True
    assert "officine/backup-disk" not in mounts()  # what is not mounted, nothing can encrypt
    assert world.nas("report")["plugged_in"] == ["A"]
    listed = world.nas("snapshots", "--host", HOST, "--disk", "A")["snapshots"]
    assert [one["original"][:8] for one in listed] == [snapshot]

    shutil.rmtree(world.repositories)  # the NAS is lost
    target = world.folder / "restored"
    world.nas("restore", "--host", HOST, "--disk", "A", "--target", str(target))
    for one in world.data.iterdir():
        assert target.joinpath(*one.parts[1:]).read_bytes() == one.read_bytes()
    proven = world.nas("drill", "--host", HOST, "--disk", "A")
    assert proven["good"] is True
    assert proven["medium"] == "A"
    assert proven["files"] == 25
    unplug(device)
    report = world.nas("report")
    assert report["plugged_in"] == []
    assert report["disks"]["A"]["holder"] == "holder of A"


def test_a_second_copy_adds_only_what_is_new(world, plug):
    with_disks(world, "A")
    plug("OFF0421-A")
    world.client("run")
    world.nas("copy")
    world.fill(3)
    world.client("run")

    assert world.nas("copy")["hosts"][HOST]["count"] == 2
    assert world.nas("copy")["hosts"][HOST]["count"] == 2


def test_no_disk_is_plugged_in(world):
    with_disks(world, "A", "B")
    problem = world.problem("nas", "copy")
    assert problem["code"] == "disk-absent"
    assert problem["facts"]["names"] == "A, B"


def content_hash(path):
    return subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout[:64]


def test_another_pharmacys_disk_is_refused_by_its_label(world, plug):
    with_disks(world, "A")
    image, _device = plug("OFF9999-A")
    before = content_hash(image)

    problem = world.problem("nas", "copy")

    assert problem["code"] == "disk-foreign"
    assert problem["facts"]["label"] == "OFF9999-A"
    assert content_hash(image) == before


def test_another_pharmacys_disk_with_our_label_is_refused_by_its_marker(world, plug, tmp_path):
    with_disks(world, "A")
    world.client("run")
    _image, device = plug("OFF0421-A")
    marker = json.dumps({"pharmacy": "officine_9999", "disk": "A", "uuid": uuid_of(device)})
    inside(device, tmp_path / "mount", f"echo '{marker}' > .officine-disk.json")

    problem = world.problem("nas", "copy")

    assert problem["code"] == "disk-foreign"
    assert problem["facts"]["pharmacy"] == "officine_9999"
    assert inside(device, tmp_path / "mount", "ls -A").split() == [".officine-disk.json", "lost+found"]


def test_a_disk_with_something_else_on_it_is_not_touched(world, plug, tmp_path):
    with_disks(world, "A")
    _image, device = plug("OFF0421-A")
    inside(device, tmp_path / "mount", "mkdir photos")

    assert world.problem("nas", "copy")["code"] == "disk-in-use"


def test_a_disk_of_our_label_but_another_uuid_is_refused(world, plug):
    with_disks(world, "A")
    world.nas_settings["disks"][0]["uuid"] = "00000000-0000-4000-8000-000000000000"
    world.save()
    plug("OFF0421-A")

    assert world.problem("nas", "copy")["code"] == "disk-not-ours"


def test_a_copied_disk_is_not_taken_for_the_one_that_was_marked(world, plug):
    with_disks(world, "A")
    world.client("run")
    image, device = plug("OFF0421-A")
    world.nas("copy")
    unplug(device)
    subprocess.run(["e2fsck", "-fy", image], check=False, capture_output=True)
    subprocess.run(["tune2fs", "-U", "random", image], check=True, capture_output=True)
    plug("", file=image)

    assert world.problem("nas", "copy")["code"] == "disk-not-ours"


def test_a_disk_that_is_too_small(world, plug):
    with_disks(world, "A")
    world.fill(40, 300_000)
    world.client("run")
    plug("OFF0421-A", 8)

    problem = world.problem("nas", "copy")

    assert problem["code"] == "disk-full"
    assert "officine/backup-disk" not in mounts()


def test_damage_on_the_nas_does_not_travel_to_the_disk(world, plug):
    with_disks(world, "A")
    plug("OFF0421-A")
    world.client("run")
    world.nas("copy")
    world.fill(5, 200_000)
    before = set((world.repositories / HOST / "data").rglob("*"))
    world.client("run")
    pack = max(
        set((world.repositories / HOST / "data").rglob("*")) - before, key=lambda one: one.stat().st_size
    )
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)

    assert world.problem("nas", "copy")["code"] == "damaged"
    shutil.rmtree(world.repositories)
    assert world.nas("drill", "--host", HOST, "--disk", "A")["good"] is True
