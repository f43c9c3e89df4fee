"""A TCP proxy that adds the delay of a wide-area link, for many targets in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

Address = tuple[str, int]
_Pipe = asyncio.Queue[tuple[float, bytes]]

_CHUNK = 64 * 1024
_IN_FLIGHT = 128  # chunks a direction: at 40 ms this lets more than 1 Gbit/s through


class LatencyProxy:
    """Listens on a free port for each target and passes bytes on, `delay` seconds later, each way.

    Opening a connection costs what a handshake over such a link costs: the target's first bytes arrive
    four delays after the client's connect, the client's first bytes reach the target after three.

    Example:
        with LatencyProxy({"h1": ("127.0.0.2", 2222)}, delay=0.020) as proxy:
            connect(proxy.addresses["h1"])  # each round trip takes 40 ms longer

    Args:
        targets: name -> (host, port) of the real server.
        delay: seconds added one way; half of the round trip's latency.

    Attributes:
        addresses: name -> (host, port) to connect to, filled on entering the context.

    """

    def __init__(self, targets: Mapping[str, Address], *, delay: float) -> None:
        self._targets = dict(targets)
        self._delay = delay
        self.addresses: dict[str, Address] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="latency-proxy", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        for name, target in self._targets.items():
            server = await asyncio.start_server(self._acceptor(target), "127.0.0.1", 0, backlog=512)
            self._servers.append(server)
            host, port = server.sockets[0].getsockname()[:2]
            self.addresses[name] = (host, port)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _acceptor(self, target: Address) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._loop.create_task(self._serve(target, reader, writer))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

        return accept

    async def _serve(
        self, target: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writers = [writer]
        outward: _Pipe = asyncio.Queue(_IN_FLIGHT)
        inward: _Pipe = asyncio.Queue(_IN_FLIGHT)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(reader, outward))
                # The client's connect() has returned already; over the link SYN, SYN-ACK and the first
                # data would have taken one delay each.
                await asyncio.sleep(3 * self._delay)
                far_reader, far_writer = await asyncio.open_connection(*target)
                writers.append(far_writer)
                group.create_task(self._receive(far_reader, inward))
                group.create_task(self._send(far_writer, outward))
                group.create_task(self._send(writer, inward))
        except* OSError:
            pass  # either end is gone; the other one sees the connection close
        finally:
            for end in writers:
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader, pipe: _Pipe) -> None:
        """Take one direction's bytes in; each chunk is due one delay later, so throughput is kept."""
        data = b"-"
        while data:
            data = await reader.read(_CHUNK)
            await pipe.put((self._loop.time() + self._delay, data))

    async def _send(self, writer: asyncio.StreamWriter, pipe: _Pipe) -> None:
        while True:
            due, data = await pipe.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
