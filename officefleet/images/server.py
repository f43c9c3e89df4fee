"""The shipped web server: serves a store's files over plain HTTP and nothing else.

A request must name a file in exactly one of the store's own forms, so there is no path to traverse, no listing
and no upload. Ranges, kept-alive connections and HEAD work; a client that is slow or silent is cut off.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import stat
import threading
from typing import TYPE_CHECKING, BinaryIO

from officefleet.errors import StoreError
from officefleet.i18n import _

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

_FORMS = re.compile(
    r"/(keys\.json|catalogue\.json"
    r"|index/[a-z0-9][a-z0-9.-]{0,62}/[1-9][0-9]{0,8}\.ofi"
    r"|chunks/[0-9a-f]{2}/[0-9a-f]{64}\.zst)"
)
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_CLIENT_TIMEOUT = 30.0
_MAX_CLIENTS = 128


class Load:
    """What a server has done so far."""

    def __init__(self) -> None:
        self.requests = self.bytes = self.refused = 0
        self._lock = threading.Lock()

    def add(self, *, sent: int = 0, refused: int = 0) -> None:
        """Count one request."""
        with self._lock:
            self.requests += 1
            self.bytes += sent
            self.refused += refused


class StoreServer(http.server.ThreadingHTTPServer):
    """Serves one store; `load` counts requests.

    Args:
        root: of the store.
        host: address to listen on.
        port: 0 for a free one.

    Raises:
        StoreError: the address is taken or not of this machine.

    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self.root = root
        self.load = Load()
        self._clients = threading.BoundedSemaphore(_MAX_CLIENTS)
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise StoreError(
                _("Cannot listen on {host}:{port}: {reason}.").format(host=host, port=port, reason=error)
            ) from error

    @property
    def url(self) -> str:
        """Address of the store's root."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Start a thread for a client, unless there are too many."""
        if not self._clients.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serve a client until it leaves."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._clients.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Forget a client that went away; its restore says what is wrong."""


@contextlib.contextmanager
def serving(root: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[StoreServer]:
    """Serve a store from a thread for the length of a block.

    Raises:
        StoreError: the address is taken.

    """
    with StoreServer(root, host, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="image-server")
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: StoreServer
    protocol_version = "HTTP/1.1"
    server_version = "officefleet"
    sys_version = ""
    timeout = _CLIENT_TIMEOUT
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        """Send a file, or the range of it that is asked for."""
        self._serve(body=True)

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._serve(body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in the base class
        """Log nothing: `load` counts."""

    def _serve(self, *, body: bool) -> None:
        matched = _FORMS.fullmatch(self.path)
        file = _open_inside(self.server.root, matched[1]) if matched else None
        if file is None:
            self._refuse(404)
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            window = _window(self.headers.get("Range"), size)
            if window is None:
                self._refuse(416, f"bytes */{size}")
                return
            start, end, partial = window
            self.send_response(206 if partial else 200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(end - start))
            self.send_header("Accept-Ranges", "bytes")
            if partial:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
            self.end_headers()
            if body and end > start:
                self.wfile.flush()
                self.connection.sendfile(file, start, end - start)
            self.server.load.add(sent=end - start if body else 0)

    def _refuse(self, status: int, content_range: str = "") -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.load.add(refused=1)


def _open_inside(root: Path, name: str) -> BinaryIO | None:
    """Open a regular file of the store; a link at its end is refused."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(root / name, flags)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb", buffering=0)


def _window(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """Return start, end and whether it is a part; None when no byte of it exists."""
    matched = _RANGE.fullmatch(header or "")
    if matched is None or matched[1] == matched[2] == "":
        return 0, size, False  # RFC 9110 14.2: a range that is not understood is ignored
    if matched[1] == "":
        last = int(matched[2])
        return (max(0, size - last), size, True) if last and size else None
    start = int(matched[1])
    end = min(int(matched[2]) + 1, size) if matched[2] else size
    return (start, end, True) if start < end else None
