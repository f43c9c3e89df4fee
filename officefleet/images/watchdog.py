"""A deadline for a whole HTTP request: one thread that cuts the sockets of those that take too long."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator

_TICK = 0.1


class Watched:
    """One request under a deadline."""

    def __init__(self, connection: http.client.HTTPConnection, deadline: float) -> None:
        self.expired = False
        self.deadline = deadline
        self._connection = connection
        self._socket: socket.socket | None = connection.sock

    def armed(self) -> None:
        """Take note of the socket that a new connection has opened."""
        self._socket = self._connection.sock

    def extend(self, seconds: float) -> None:
        """Set a new deadline from now: the length of the answer is known."""
        self.deadline = time.monotonic() + seconds

    def cut(self) -> None:
        """End the request: its reader sees the end of the stream."""
        self.expired = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Watches the requests of one source; its thread exists only once something is watched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: set[Watched] = set()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watch(self, connection: http.client.HTTPConnection, seconds: float) -> Iterator[Watched]:
        """Cut the socket of `connection` if the block takes longer than `seconds`."""
        watched = Watched(connection, time.monotonic() + seconds)
        with self._lock:
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="image-watchdog", daemon=True)
                self._thread.start()
        try:
            yield watched
        finally:
            with self._lock:
                self._watched.discard(watched)

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(_TICK):
            now = time.monotonic()
            with self._lock:
                late = [
                    watched for watched in self._watched if watched.deadline < now and not watched.expired
                ]
            for watched in late:
                watched.cut()
