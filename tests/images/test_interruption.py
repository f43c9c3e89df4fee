"""kill -9 at any moment: the disk is as it was, or does not boot, or is right; and the next run ends it."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from officefleet.images import gpt
from officefleet.images.seal import Seal, find_seal
from officefleet.images.target import Target

KILLS = 100


class Zygote:
    def __init__(self, world, target: Path) -> None:
        self.line = f"{world.store.root} {world.trust_file} {target}\n"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "restore_zygote.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self) -> int:
        self.process.stdin.write(self.line)
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def status(self) -> int:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def zygote(world, tmp_path):
    found = Zygote(world, tmp_path / "disk")
    yield found
    found.close()


def boots(disk: bytes) -> bool:
    tail = disk[-gpt.tail_sectors(512) * 512 :]
    return bool(any(disk[:512]) or gpt.parse_head(disk, 512) or gpt.parse_tail(tail, 512, len(disk) // 512))


def test_a_hundred_kills(world, image, zygote, tmp_path) -> None:
    world.publish(image)
    target = tmp_path / "disk"
    dice = random.Random(2024)  # noqa: S311  the same moments in every run
    olds = [bytes(world.SIZE), bytes(world.disk(50))]
    target.write_bytes(olds[0])
    started = time.monotonic()
    zygote.start()
    assert zygote.status() == 0
    usual = time.monotonic() - started
    outcomes = {"old": 0, "sealed": 0, "right": 0}
    for number in range(KILLS):
        old = olds[number % 2]
        target.write_bytes(old)
        child = zygote.start()
        time.sleep(dice.uniform(0, usual))  # the moment of the kill, not a wait for anything
        os.kill(child, signal.SIGKILL)
        ended = zygote.status()
        found = target.read_bytes()
        if found == image:
            outcomes["right"] += 1
        elif found == old:
            outcomes["old"] += 1
            assert ended == -signal.SIGKILL
        else:
            outcomes["sealed"] += 1
            assert ended == -signal.SIGKILL
            # Both tables cannot go at one moment, nor come: between the two, all else is as it was, or right.
            assert not boots(found) or found[65536:-65536] in (old[65536:-65536], image[65536:-65536])
        started = time.monotonic()
        zygote.start()
        assert zygote.status() == 0
        usual = 0.7 * usual + 0.3 * (time.monotonic() - started)  # the machine may be busier by now
        assert target.read_bytes() == image
    assert outcomes["sealed"] > KILLS // 10, outcomes


def test_nothing_boots_before_all_else_is_proven(world, image, tmp_path, monkeypatch) -> None:
    """The order that a power cut would see: seal, sync, content, sync, read back, backup table, head."""
    world.publish(image)
    target = tmp_path / "disk"
    target.write_bytes(world.disk(50))
    log: list[tuple[str, int, int]] = []
    lock = threading.Lock()

    def record(name):
        method = getattr(Target, name)

        def wrapped(self, *arguments):
            result = method(self, *arguments)
            offset = arguments[-1] if name != "sync" else 0
            length = len(arguments[0]) if name != "sync" else 0
            with lock:
                log.append((name, offset, length))
            return result

        monkeypatch.setattr(Target, name, wrapped)

    for name in ("write", "read_into", "sync"):
        record(name)
    world.restore(target, initialise_preserved=True)
    writes = [number for number, (name, _o, _l) in enumerate(log) if name == "write"]
    head, tail = writes[-1], writes[-2]
    tail_at = (world.SIZE - 33 * 512) // 4096 * 4096
    assert log[writes[0]][1:] == (0, 65536)
    assert log[writes[1]][1] == tail_at
    after = [name for name, _offset, _length in log[writes[1] + 1 :]]
    assert after.index("sync") < after.index("write")  # other threads may already be reading
    between = {name for name, _offset, _length in log[writes[0] + 1 : writes[1]]}
    assert between <= {"read_into"}  # as above
    assert log[head][1:] == (0, 65536)
    assert log[tail][1] == tail_at
    assert log[tail + 1][0] == log[head + 1][0] == "sync"
    content = writes[2:-2]
    synced = next(number for number in range(content[-1], tail) if log[number][0] == "sync")
    proven = {(o, le) for name, o, le in log[synced:tail] if name == "read_into"}
    for number in content:
        _name, offset, length = log[number]
        assert any(o <= offset and offset + length <= o + le for o, le in proven)


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_power_cut_between_the_two_tables(world, image, tmp_path, monkeypatch, last) -> None:
    """After each of the first writes: the head is gone, and until the backup table is too, nothing else has changed."""
    world.publish(image)
    target = tmp_path / "disk"
    old = bytes(world.disk(50))
    target.write_bytes(old)
    write, count = Target.write, itertools.count(1)

    def cut(self, content, offset) -> None:
        number = next(count)
        if number > last:
            raise KeyboardInterrupt
        write(self, content, offset)

    with monkeypatch.context() as patched:
        patched.setattr(Target, "write", cut)
        with pytest.raises(KeyboardInterrupt):
            world.restore(target, initialise_preserved=True, threads=1)
    found = target.read_bytes()
    assert boots(found) is (last == 1)
    if last <= 2:
        assert found[65536:-65536] == old[65536:-65536]
    world.restore(target, initialise_preserved=True)
    assert target.read_bytes() == image


def test_the_seal_survives_only_whole() -> None:
    seal = Seal("poste", 3, {3: 99_999, 5: 7})
    head = seal.encode(65536)
    assert not any(head[:8192])
    assert find_seal(head) == seal
    for at in range(8192, len(head.rstrip(b"\0"))):
        damaged = bytearray(head)
        damaged[at] ^= 1
        assert find_seal(bytes(damaged)) is None
