import asyncio
import contextlib
import socket
import time

import pytest

from officefleet.errors import UsageError
from officefleet.lab.relay import relay
from officefleet.lab.wan import Wan, parse_wan


def through(wan, packets, *, settle=0.5):
    """Send packets over a relayed line; return what arrived, with the seconds since the first was sent."""
    near, near_end = socket.socketpair(type=socket.SOCK_DGRAM)
    far, far_end = socket.socketpair(type=socket.SOCK_DGRAM)

    async def run():
        task = asyncio.create_task(relay(near_end.fileno(), far_end.fileno(), wan))
        loop = asyncio.get_running_loop()
        far.setblocking(False)
        start = time.monotonic()
        for packet in packets:
            near.send(packet)
        arrived = []
        with contextlib.suppress(TimeoutError):
            while len(arrived) < len(packets):
                packet = await asyncio.wait_for(loop.sock_recv(far, 65536), settle)
                arrived.append((packet, time.monotonic() - start))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return arrived

    with near, near_end, far, far_end:
        return asyncio.run(run())


def test_delay_keeps_the_order():
    packets = [bytes([number]) for number in range(100)]

    arrived = through(Wan(delay_ms=30), packets)

    assert [packet for packet, _ in arrived] == packets
    assert all(0.03 <= seconds < 0.4 for _, seconds in arrived)


def test_rate_spaces_packets():
    arrived = through(Wan(rate_mbit=0.8), [bytes(1000)] * 5)  # 10 ms each

    assert len(arrived) == 5
    assert arrived[-1][1] >= 0.05


def test_some_are_lost():
    arrived = through(Wan(loss_percent=50), [b"x"] * 200, settle=0.1)

    assert 40 < len(arrived) < 160


def test_a_cut_line_is_silent():
    assert through(Wan(cut=True), [b"x"] * 10, settle=0.1) == []


@pytest.mark.parametrize(
    ("words", "wan"),
    [
        ({}, Wan()),
        ({"delay": "40ms", "loss": "1%"}, Wan(delay_ms=40, loss_percent=1)),
        ({"delay": "0.5s", "rate_mbit": 8}, Wan(delay_ms=500, rate_mbit=8)),
        ({"cut": True}, Wan(cut=True)),
    ],
)
def test_reads_a_command_lines_words(words, wan):
    assert parse_wan(**words) == wan


@pytest.mark.parametrize("words", [{"delay": "40"}, {"delay": "-1ms"}, {"loss": "1"}, {"loss": "101%"}])
def test_refuses_what_it_cannot_mean(words):
    with pytest.raises(UsageError):
        parse_wan(**words)


@pytest.mark.parametrize(
    ("wan", "text"),
    [(Wan(), "perfect"), (Wan(cut=True), "cut"), (Wan(delay_ms=40, loss_percent=0.5), "40ms, 0.5% lost")],
)
def test_says_what_it_is(monkeypatch, wan, text):
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")

    assert str(wan) == text
