"""A stick's image: read back by sfdisk, fsck and mtools; what may not be overwritten is not."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.images.boot import media as media_module
from officefleet.images.boot.faults import MediaError
from officefleet.images.boot.grub_cfg import stick_menu
from officefleet.images.boot.media import Seat, write_media
from officefleet.images.boot.removable import check_disk
from officefleet.images.boot.stick import Stick, make_stick
from officefleet.images.gpt import parse_head
from officefleet.images.rescue.builder import Rescue
from officefleet.images.rescue.faults import RescueError
from officefleet.images.rescue.overlay import make_overlay
from officefleet.images.target import Target

KEY = "ssh-ed25519 AAAA controller"
LOADERS = ("shimx64.efi", "grubx64.efi", "mmx64.efi")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="loop devices")


@pytest.fixture
def rescue(tmp_path) -> Rescue:
    """A rescue in form only: no test here starts it."""
    folder = tmp_path / "rescue"
    (folder / "loaders").mkdir(parents=True)
    for name in LOADERS:
        (folder / "loaders" / name).write_bytes(os.urandom(3000))
    (folder / "loaders/bios-boot.img").write_bytes(bytes(range(256)) * 2)
    (folder / "loaders/bios-core.img").write_bytes(os.urandom(70_001))
    (folder / "vmlinuz").write_bytes(os.urandom(100_000))
    (folder / "rescue.cpio.zst").write_bytes(os.urandom(300_000))
    (folder / "manifest.json").write_text("{}")
    return Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst")


def seat(host: str) -> Seat:
    return Seat(host, make_overlay(host, KEY))


def partitions(image: Path) -> list[dict]:
    shown = subprocess.run(["/usr/sbin/sfdisk", "-J", image], capture_output=True, check=True)
    assert shown.stderr == b""
    return json.loads(shown.stdout)["partitiontable"]["partitions"]


def inside(image: Path, name: str) -> bytes:
    start = partitions(image)[1]["start"] * 512
    return subprocess.run(
        ["mcopy", "-i", f"{image}@@{start}", f"::{name}", "-"], capture_output=True, check=True
    ).stdout


def test_other_programs_read_the_stick(rescue, tmp_path) -> None:
    one, two = seat("o0421-comptoir-1"), seat("o0421-comptoir-2")
    image = tmp_path / "stick.img"
    report = write_media(image, rescue, [one, two])
    assert report.hosts == ("o0421-comptoir-1", "o0421-comptoir-2")
    assert image.stat().st_mode & 0o777 == 0o600
    bios, esp = partitions(image)
    assert bios["type"] == "21686148-6449-6E6F-744E-656564454649"
    assert esp["type"] == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
    subprocess.run(["/usr/sbin/sfdisk", "--verify", image], check=True, capture_output=True)
    alone = tmp_path / "esp"
    with image.open("rb") as file:
        file.seek(esp["start"] * 512)
        alone.write_bytes(file.read(esp["size"] * 512))
    subprocess.run(["/usr/sbin/fsck.vfat", "-n", alone], check=True, capture_output=True)
    for name, source in (
        ("EFI/BOOT/BOOTX64.EFI", "loaders/shimx64.efi"),
        ("EFI/BOOT/grubx64.efi", "loaders/grubx64.efi"),
        ("EFI/BOOT/mmx64.efi", "loaders/mmx64.efi"),
        ("officefleet/vmlinuz", "vmlinuz"),
        ("officefleet/rescue.cpio.zst", "rescue.cpio.zst"),
    ):
        assert inside(image, name) == (rescue.folder / source).read_bytes(), name
    for one_seat in (one, two):
        assert inside(image, f"officefleet/postes/{one_seat.host}.cpio") == one_seat.overlay.initrd
        postes = json.loads(inside(image, "officefleet/manifest.json"))["postes"]
        assert postes[one_seat.host] == one_seat.overlay.known_host


def test_grub_finds_its_second_part(rescue, tmp_path) -> None:
    image = tmp_path / "stick.img"
    write_media(image, rescue, [seat("o0421-comptoir-1")])
    content = image.read_bytes()
    assert content[510:512] == b"\x55\xaa"
    assert content[:0x5C] == bytes(range(256))[:0x5C]
    (sector,) = struct.unpack_from("<Q", content, 0x5C)
    assert sector == partitions(image)[0]["start"]
    core = (rescue.folder / "loaders/bios-core.img").read_bytes()
    at = sector * 512
    assert content[at : at + 500] == core[:500]
    first, count = struct.unpack_from("<QH", content, at + 500)
    assert (first, count) == (sector + 1, -(-len(core) // 512) - 1)
    assert content[at + 512 : at + len(core)] == core[512:]


def test_a_menu_only_for_several() -> None:
    assert "set timeout=3" in stick_menu(["a"], "/m")
    several = stick_menu(["a", "b"], "/m")
    assert "set timeout=-1" in several
    assert several.index("postes/a.cpio") < several.index("postes/b.cpio")
    several.encode("ascii")  # GRUB's console has no more


@given(extra=st.integers(0, 1 << 40))
@settings(max_examples=50)
def test_a_larger_disk_gets_a_table_of_its_size(extra) -> None:
    stick = Stick(Path("body"), 1 << 20, 64 << 20, bytes(440), uuid.UUID(int=5))
    total = (64 << 20) + extra
    head, tail = stick.ends(total)
    table = parse_head(head, 512)
    assert table is not None
    assert table.alternate == total // 512 - 1
    assert len(tail) == 33 * 512


@pytest.mark.parametrize("hosts", [[], ["a", "a"]])
def test_each_poste_once(rescue, tmp_path, hosts) -> None:
    with pytest.raises(MediaError):
        make_stick(rescue, [seat(host) for host in hosts], tmp_path)


def test_a_file_is_whole_or_absent(rescue, tmp_path, monkeypatch) -> None:
    image = tmp_path / "out" / "stick.img"
    image.parent.mkdir()
    image.write_bytes(b"precious")
    with pytest.raises(MediaError, match="exists"):
        write_media(image, rescue, [seat("a")])

    def full(_self, _content, _offset):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Target, "write", full)
        with pytest.raises(MediaError, match="No space left"):
            write_media(image, rescue, [seat("a")], erase=True)
    assert image.read_bytes() == b"precious"
    assert list(image.parent.iterdir()) == [image]
    write_media(image, rescue, [seat("a")], erase=True)
    assert len(partitions(image)) == 2


@pytest.mark.parametrize("name", ["", "nowhere/stick.img", "/dev/nothing-here"])
def test_no_place_to_write(rescue, tmp_path, name) -> None:
    with pytest.raises(MediaError):
        write_media(tmp_path / name, rescue, [seat("a")], erase=True)


def test_without_loaders(rescue, tmp_path) -> None:
    (rescue.folder / "loaders/shimx64.efi").unlink()
    with pytest.raises(RescueError, match="no boot loaders"):
        write_media(tmp_path / "stick.img", rescue, [seat("a")])
    assert not (tmp_path / "stick.img").exists()


def test_a_stick_that_loses_what_was_written_boots_nowhere(rescue, tmp_path, monkeypatch) -> None:
    """Like the sticks that are sold with more gigabytes than they have."""
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.truncate(128 << 20)
    with make_loopless(rescue, tmp_path) as stick:
        right = Target.write

        def lose(self, content, offset):
            if offset == 5 << 20:
                content = bytes(len(content))
                content = content[:-1] + b"\1"
            right(self, content, offset)

        monkeypatch.setattr(Target, "write", lose)
        with pytest.raises(MediaError, match="does not keep"):
            media_module._write(disk, stick, None)
    assert disk.read_bytes()[:512] == bytes(512)


class make_loopless:  # noqa: N801  reads as a function where it is used
    """The content of a stick with one poste, for as long as a block lasts."""

    def __init__(self, rescue: Rescue, folder: Path) -> None:
        self._work = folder / "work"
        self._work.mkdir()
        self.stick = make_stick(rescue, [seat("a")], self._work)

    def __enter__(self) -> Stick:
        return self.stick

    def __exit__(self, *_exc: object) -> None:
        self.stick.body.unlink()


@pytest.fixture
def loop(tmp_path):
    """A block device of 128 MiB, gone after the test."""
    backing = tmp_path / "backing"
    with backing.open("wb") as file:
        file.truncate(128 << 20)
    name = subprocess.run(
        ["/usr/sbin/losetup", "-P", "-f", "--show", backing], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not name:
        pytest.skip("no loop devices here")
    try:
        yield Path(name)
    finally:
        subprocess.run(["umount", "-q", f"{name}p1", name], check=False, capture_output=True)
        subprocess.run(["/usr/sbin/losetup", "-d", name], check=True)


@root_only
def test_a_disk_is_written_only_when_it_is_meant(rescue, tmp_path, loop) -> None:
    with pytest.raises(MediaError, match="no removable disk"):
        write_media(loop, rescue, [seat("a")])
    write_media(loop, rescue, [seat("a")], fixed_disk=True)
    assert len(partitions(loop)) == 2
    with pytest.raises(MediaError, match="holds data"):
        write_media(loop, rescue, [seat("a")], fixed_disk=True)
    subprocess.run(["/usr/sbin/wipefs", "-aq", loop], check=True)
    subprocess.run(["/usr/sbin/mke2fs", "-q", "-t", "ext4", loop], check=True, capture_output=True)
    folder = tmp_path / "mounted"
    folder.mkdir()
    subprocess.run(["mount", loop, folder], check=True)
    (folder / "these").write_text("photographs")
    with pytest.raises(MediaError, match="in use"):
        write_media(loop, rescue, [seat("a")], fixed_disk=True, erase=True)
    assert (folder / "these").read_text() == "photographs"


@root_only
def test_a_partition_is_no_stick(rescue, loop) -> None:
    write_media(loop, rescue, [seat("a")], fixed_disk=True)
    subprocess.run(["partx", "-u", loop], check=False, capture_output=True)
    part = Path(f"{loop}p1")
    if not part.exists():
        pytest.skip("no device nodes of partitions here")
    with pytest.raises(MediaError, match="one partition"):
        check_disk(part, erase=True, fixed_disk=True)


@root_only
def test_a_disk_that_is_too_small(rescue, tmp_path) -> None:
    small = tmp_path / "small"
    with small.open("wb") as file:
        file.truncate(8 << 20)
    with make_loopless(rescue, tmp_path) as stick, pytest.raises(MediaError, match="too small"):
        media_module._write(small, stick, None)
    assert small.read_bytes() == bytes(8 << 20)
