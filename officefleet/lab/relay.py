"""A slow, lossy or cut line in user space: ``python -m officefleet.lab.relay NEAR_FD FAR_FD WAN_JSON``.

The kernel's own ``tc netem`` would do, but it is a module that cloud and container kernels often lack;
this works wherever there is ``/dev/net/tun``. A perfect link never passes through here.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import deque

from officefleet.lab.wan import Wan

_LARGEST_PACKET = 65536
_QUEUE = 10_000  # packets under way one way; more are dropped, as routers do


class Line:
    """One direction: packets read from one descriptor leave by the other, later, fewer, slower.

    Args:
        source: descriptor to read packets from, one a read (a TUN device, a datagram socket).
        target: descriptor to write them to.
        wan: how the line behaves.

    """

    def __init__(self, source: int, target: int, wan: Wan) -> None:
        self._source = source
        self._target = target
        self._wan = wan
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        os.set_blocking(source, False)
        self._loop.add_reader(source, self._take)

    def _take(self) -> None:
        """Read all packets that are there and put them on the line."""
        while True:
            try:
                packet = os.read(self._source, _LARGEST_PACKET)
            except BlockingIOError:
                return
            if self._wan.cut or len(self._under_way) >= _QUEUE:
                continue
            if random.random() * 100 < self._wan.loss_percent:  # noqa: S311  weather, not a secret
                continue
            self._under_way.append((self._due(len(packet)), packet))
            if len(self._under_way) == 1:
                self._loop.call_at(self._under_way[0][0], self._deliver)

    def _due(self, size: int) -> float:
        """Return when a packet of `size` bytes that enters the line now comes out, in the loop's time."""
        leaves = max(self._loop.time(), self._free_at)
        if self._wan.rate_mbit:
            leaves += size * 8 / (self._wan.rate_mbit * 1e6)
        self._free_at = leaves
        return leaves + self._wan.delay_ms / 1000

    def _deliver(self) -> None:
        now = self._loop.time()
        while self._under_way and self._under_way[0][0] <= now:
            try:
                os.write(self._target, self._under_way.popleft()[1])
            except OSError:
                continue  # the far end's queue is full or it is down: the packet is lost
        if self._under_way:
            self._loop.call_at(self._under_way[0][0], self._deliver)


async def relay(near: int, far: int, wan: Wan) -> None:
    """Carry packets both ways until cancelled."""
    lines = [Line(near, far, wan), Line(far, near, wan)]
    await asyncio.Event().wait()
    del lines


if __name__ == "__main__":
    asyncio.run(relay(int(sys.argv[1]), int(sys.argv[2]), Wan(**json.loads(sys.argv[3]))))
