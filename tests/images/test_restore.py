"""What a restore promises: right, proven, cheap when right already, and never half-written."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import zstandard

from officefleet.errors import ChunkError, StoreError
from officefleet.images import gpt
from officefleet.images.faults import TargetError
from officefleet.images.restore import Report
from officefleet.images.seal import find_seal
from officefleet.images.smart import Health, parse_health
from officefleet.images.source import FolderSource
from officefleet.images.target import Target


def boots(disk: bytes, sector: int = 512) -> bool:
    """Whether any firmware could start from this disk: boot code, or either partition table."""
    total = len(disk) // sector
    tail = disk[-gpt.tail_sectors(sector) * sector :]
    return any(disk[:512]) or gpt.parse_head(disk, sector) or gpt.parse_tail(tail, sector, total)


@pytest.fixture
def target(tmp_path: Path, world) -> Path:
    path = tmp_path / "disk"
    path.touch()
    os.truncate(path, world.SIZE)
    return path


def test_a_blank_disk_becomes_the_image_but_for_preserved_partitions(world, image, target) -> None:
    world.publish(image)
    report = world.restore(target)
    start, length = world.DATA
    image[start : start + length] = bytes(length)
    assert target.read_bytes() == image
    assert not report.already_right
    assert report.unproven == ("data",)


def test_initialise_preserved_writes_the_whole_image(world, image, target) -> None:
    world.publish(image)
    world.restore(target, initialise_preserved=True)
    assert target.read_bytes() == image


def test_an_already_right_disk_is_not_written(world, image, target) -> None:
    world.publish(image)
    world.restore(target, initialise_preserved=True)
    before = target.stat().st_mtime_ns
    report = world.restore(target)
    assert report == Report(
        image="poste", version=1, compared=world.SIZE - world.DATA[1], fetched=0, written=0,
        seconds=report.seconds, already_right=True, grown=(), unproven=(),
    )  # fmt: skip
    assert target.stat().st_mtime_ns == before


def test_only_what_differs_is_fetched(world, image, target) -> None:
    index = world.publish(image, preserved=())
    world.restore(target)
    with target.open("r+b") as disk:
        disk.seek(4 * world.MIB)
        disk.write(b"drift")
    report = world.restore(target)
    assert 0 < report.fetched <= 2 * 1024 * 1024 + 65536 + 32768
    assert report.fetched < index.content_bytes / 2
    assert target.read_bytes() == image


def test_old_content_where_the_image_is_zero_is_erased(world, image, target) -> None:
    target.write_bytes(world.random(7, world.SIZE))
    world.publish(image, preserved=())
    world.restore(target)
    assert target.read_bytes() == image


def test_the_preserved_partition_survives_even_grown_on_a_larger_disk(world, image, target) -> None:
    world.publish(image)
    os.truncate(target, 2 * world.SIZE)
    world.restore(target, initialise_preserved=True)
    start, _length = world.DATA
    mine = world.random(3, 20 * world.MIB)
    with target.open("r+b") as disk:
        head = disk.read(65536)
        last = (start + len(mine)) // 512 - 1
        head, tail = gpt.fitted(head, 512, 2 * world.SIZE // 512, {3: last})
        disk.seek(0)
        disk.write(head)
        disk.seek(start)
        disk.write(mine)
        disk.seek(2 * world.SIZE - len(tail))
        disk.write(tail)
        disk.seek(4 * world.MIB)
        disk.write(b"drift")
    report = world.restore(target)
    assert report.grown == (3,)
    found = target.read_bytes()
    assert found[start : start + len(mine)] == mine
    assert found[65536:start] == image[65536:start]
    assert gpt.parse_head(found, 512).used[2].last == last
    assert world.restore(target).already_right


def test_a_grown_partition_survives_an_interrupted_restore(world, image, target) -> None:
    """The old table is erased first; where the partition ended is kept in the seal."""
    index = world.publish(image)
    os.truncate(target, 2 * world.SIZE)
    world.restore(target, initialise_preserved=True)
    with target.open("r+b") as disk:
        last = 24 * world.MIB // 512 - 1
        head, tail = gpt.fitted(disk.read(65536), 512, 2 * world.SIZE // 512, {3: last})
        for at, content in ((0, head), (2 * world.SIZE - len(tail), tail), (20 * world.MIB, b"mine")):
            disk.seek(at)
            disk.write(content)
        disk.seek(4 * world.MIB)
        disk.write(b"drift")

    last_digest = index.chunks[len(index.chunks) - 3].digest

    class Dying(FolderSource):
        def chunk_into(self, digest, view) -> int:
            if digest == last_digest:
                raise StoreError("the store is gone")
            return super().chunk_into(digest, view)

    with target.open("r+b") as disk:
        disk.seek(3 * world.MIB)
        disk.write(world.random(5, 6 * world.MIB))
    with pytest.raises(StoreError):
        world.restore(target, source=Dying(world.store.root), threads=1)
    half = target.read_bytes()
    assert not boots(half)
    assert find_seal(half).lasts == {3: last}
    world.restore(target)
    found = target.read_bytes()
    assert found[20 * world.MIB : 20 * world.MIB + 4] == b"mine"
    assert gpt.parse_head(found, 512).used[2].last == last


def test_foreign_partitions_are_not_taken_for_preserved_ones(world, image, target) -> None:
    world.publish(image)
    other = world.disk(5)
    head, _tail = gpt.fitted(bytes(other[:65536]), 512, world.SIZE // 512, {3: 11 * world.MIB // 512 - 1})
    other[:65536] = head
    target.write_bytes(other)
    with pytest.raises(TargetError, match="do not match the preserved partition data"):
        world.restore(target)
    assert target.read_bytes() == other


def test_the_backup_table_moves_to_the_end_of_a_larger_disk(world, image, target) -> None:
    world.publish(image)
    os.truncate(target, 3 * world.SIZE)
    world.restore(target, initialise_preserved=True)
    shown = subprocess.run(["sfdisk", "--json", str(target)], capture_output=True, check=True)
    table = json.loads(shown.stdout)["partitiontable"]
    assert table["lastlba"] == 3 * world.SIZE // 512 - 34
    assert [part["name"] for part in table["partitions"]] == ["esp", "root", "data"]
    verified = subprocess.run(["sfdisk", "--verify", str(target)], capture_output=True, text=True, check=True)
    assert "No errors" in verified.stdout
    assert not verified.stderr
    assert world.restore(target).already_right


def test_sectors_of_4096_bytes(world, target) -> None:
    image = world.disk(sector=4096)
    world.publish(image, sector=4096)
    os.truncate(target, world.SIZE + world.MIB)
    world.restore(target, initialise_preserved=True)
    found = target.read_bytes()
    assert found[65536 : 15 * world.MIB] == image[65536 : 15 * world.MIB]
    assert gpt.parse_tail(found[-6 * 4096 :], 4096, len(found) // 4096)
    assert world.restore(target).already_right


def test_an_image_without_a_table(world, target) -> None:
    image = bytearray(world.random(1, 5 * world.MIB + 512))
    world.publish(image, preserved=())
    world.restore(target)
    assert target.read_bytes()[: len(image)] == image
    assert world.restore(target).already_right


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 16 * 1024 * 1024 - 512}, "needs 16777216"),
        ({"sector": 4096}, "sectors of 4096 bytes"),
    ],
)
def test_an_unfit_disk_is_refused_untouched(world, image, target, change, message) -> None:
    world.publish(image)
    os.truncate(target, change.get("size", world.SIZE))
    with pytest.raises(TargetError, match=message):
        world.restore(target, sector=change.get("sector", 512))
    assert not any(target.read_bytes())


def test_a_disk_smaller_than_the_minimum_is_refused(world, image, target) -> None:
    world.publish(image, minimum_disk=2 * world.SIZE)
    with pytest.raises(TargetError, match="needs 33554432"):
        world.restore(target)


def test_a_failing_disk_is_refused(world, image, target) -> None:
    world.publish(image)
    with pytest.raises(TargetError, match="failing: worn"):
        world.restore(target, health=Health(True, "worn"))
    assert not any(target.read_bytes())


@pytest.mark.parametrize("case", json.loads((Path(__file__).parent / "smart.json").read_text()))
def test_smart(case) -> None:
    text = case["text"].encode() if "text" in case else json.dumps(case["report"]).encode()
    health = parse_health(text)
    assert health.failing is case["failing"]
    assert case.get("reason", "") in health.reason


def test_two_restores_of_one_target(world, image, target) -> None:
    world.publish(image)
    with Target(target), pytest.raises(TargetError, match="in use"):
        world.restore(target)
    assert not any(target.read_bytes())


def test_a_flipped_bit_on_the_target_is_found_by_reading_back(world, image, target, monkeypatch) -> None:
    world.publish(image)
    write = Target.write

    def losing(self, content, offset) -> None:
        damaged = bytearray(content)
        if offset > 65536:
            damaged[100] ^= 1
        write(self, damaged, offset)

    monkeypatch.setattr(Target, "write", losing)
    with pytest.raises(TargetError, match="does not keep what is written"):
        world.restore(target)
    assert not boots(target.read_bytes())


def test_a_flipped_bit_in_the_boot_sector_is_found_by_reading_back(world, image, target, monkeypatch) -> None:
    world.publish(image)
    write = Target.write

    def losing(self, content, offset) -> None:
        damaged = bytearray(content)
        if offset == 0 and any(damaged[:512]):
            damaged[3] ^= 1
        write(self, damaged, offset)

    monkeypatch.setattr(Target, "write", losing)
    with pytest.raises(TargetError, match="does not keep what is written"):
        world.restore(target)
    assert not any(target.read_bytes()[:65536])


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "missing", "other", "bomb"])
def test_a_damaged_chunk(world, image, target, damage) -> None:
    """Whatever is wrong with a chunk: an error, and a disk that does not boot."""
    index = world.publish(image)
    path = world.chunk_file(index, 3)
    packed = bytearray(path.read_bytes())
    if damage == "flip":
        packed[len(packed) // 2] ^= 4
    elif damage == "truncate":
        packed = packed[: len(packed) // 2]
    elif damage == "empty":
        packed = bytearray()
    elif damage == "other":
        packed = bytearray(zstandard.compress(bytes(reversed(range(256))) * (index.chunks[3].length // 256)))
    elif damage == "bomb":
        packed = bytearray(zstandard.compress(bytes(1 << 30)))
    path.unlink() if damage == "missing" else path.write_bytes(packed)
    with pytest.raises(ChunkError):
        world.restore(target)
    assert not boots(target.read_bytes())


def test_a_store_that_fails_before_the_first_write_leaves_the_old_disk_alone(world, image, target) -> None:
    index = world.publish(image)
    world.chunk_file(index, 0).unlink()
    old = bytes(world.disk(5))
    target.write_bytes(old)
    with pytest.raises(ChunkError):
        world.restore(target, initialise_preserved=True)
    assert target.read_bytes() == old


def test_progress_tells_bytes_rate_and_time_left(world, image, target) -> None:
    world.publish(image)
    seen = []
    world.restore(target, progress=seen.append)
    assert seen[-1].written > 0
    assert seen[-1].done <= seen[-1].total
    assert seen[-1].rate > 0


def test_a_target_below_dev_is_never_created() -> None:
    with pytest.raises(TargetError, match="no disk"):
        Target(Path("/dev/officefleet-no-such-disk"), create_bytes=1)


def test_what_a_machine_is_gets_written_before_the_disk_boots(world, image, tmp_path) -> None:
    world.publish(image)
    disk = tmp_path / "disk"
    seen = []

    def look() -> None:
        seen.append(disk.read_bytes()[:512])

    world.restore(disk, create_bytes=world.SIZE, before_boot=look)
    assert seen[0] != bytes(image[:512])
    assert disk.read_bytes()[:512] == bytes(image[:512])

    world.restore(
        disk, before_boot=look
    )  # a disk that is right already is made unbootable for that moment, too
    assert seen[1] != bytes(image[:512])


def test_a_machine_that_cannot_be_told_who_it_is_does_not_boot(world, image, tmp_path) -> None:
    world.publish(image)
    disk = tmp_path / "disk"

    def fail() -> None:
        raise TargetError("no such partition")

    with pytest.raises(TargetError, match="no such partition"):
        world.restore(disk, create_bytes=world.SIZE, before_boot=fail)
    assert disk.read_bytes()[510:512] != b"\x55\xaa"
    assert b"EFI PART" not in disk.read_bytes()[:4096]
