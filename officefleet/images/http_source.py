"""A store over plain HTTP: kept-alive connections, retries, and no belief in what the server says.

A server that lies about a length, drips bytes or stops is found by length and hash checks and by a deadline
that covers each request as a whole; the restore then tries again and at last stops with an error saying so.
"""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from typing import TYPE_CHECKING

from officefleet.errors import ChunkError, StoreError
from officefleet.i18n import _
from officefleet.images.chunk import LARGEST_PACKED, chunk_path, damaged, is_content, unpack_into
from officefleet.images.watchdog import Watchdog

if TYPE_CHECKING:
    from typing import NoReturn

_TRIES = 3  # three damaged copies in a row are no accident of the line
_OK = 200
_NOT_FOUND = 404
_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
_BROKEN = (OSError, http.client.HTTPException)


class _RefusedError(Exception):
    """The server answered, but not with the file."""


class HttpSource:
    """A store behind nginx or ``officefleet image serve``.

    Args:
        url: of the store's root, ``http://host:port/path``.
        timeout: seconds that one read of a socket may take.
        minimum_rate: bytes a second below which a server counts as broken.
        patience: seconds to keep trying while the store does not answer, so that a NAS may restart.

    """

    parallel = 6

    def __init__(
        self, url: str, *, timeout: float = 10.0, minimum_rate: float = 100_000.0, patience: float = 60.0
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme != "http" or not parts.hostname or port == -1:
            raise StoreError(
                _("{url} is not an http address.").format(url=url),
                hint=_("Give http://host:port/path; signatures protect the content, not the connection."),
            )
        self.name = url
        self._host, self._port, self._base = parts.hostname, port, parts.path.rstrip("/")
        self._timeout, self._rate, self._patience = timeout, minimum_rate, patience
        self._local = threading.local()
        self._open: list[http.client.HTTPConnection] = []
        self._watchdog = Watchdog()

    def chunk_into(self, digest: bytes, view: memoryview) -> int:
        """Fill `view` with a chunk, proven by its hash (see `Source`)."""
        path = chunk_path(digest.hex())
        for attempt in range(1, _TRIES + 1):
            packed = self._get(path, LARGEST_PACKED)
            try:
                unpack_into(packed, digest, view)
                if not is_content(view, digest):
                    raise damaged(digest)
            except ChunkError:
                self._drop()
                if attempt == _TRIES:
                    raise
            else:
                break
        return len(packed)

    def file(self, path: str, *, limit: int) -> bytes:
        """Return a file of the store (see `Source`)."""
        return self._get(path, limit)

    def close(self) -> None:
        """Close all connections."""
        self._watchdog.close()
        for connection in self._open:
            connection.close()

    def _get(self, path: str, limit: int) -> bytes:
        give_up = time.monotonic() + self._patience
        attempt = 0
        while True:
            try:
                return self._get_once(path, limit)
            except _RefusedError as error:
                self._drop()
                self._raise_refused(path, error)
            except _BROKEN as error:
                self._drop()
                if time.monotonic() >= give_up:
                    raise self._unreachable(error) from error
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    def _get_once(self, path: str, limit: int) -> bytes:
        connection = self._connection()
        with self._watchdog.watch(connection, self._timeout) as watched:
            try:
                if connection.sock is None:
                    connection.connect()
                    watched.armed()
                connection.request("GET", f"{self._base}/{path}", headers={"Accept-Encoding": "identity"})
                response = connection.getresponse()
                if response.status != _OK:
                    raise _RefusedError(str(response.status))
                length = response.length
                if length is None or not 0 < length <= limit:
                    raise _RefusedError(_("no believable length"))
                watched.extend(self._timeout + length / self._rate)
                data = response.read()
            except _BROKEN as error:
                if watched.expired:
                    raise TimeoutError(
                        _("slower than {rate} bytes a second").format(rate=int(self._rate))
                    ) from error
                raise
        if len(data) != length:
            raise http.client.IncompleteRead(data, length - len(data))
        return data

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if found is None:
            found = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            self._local.connection = found
            self._open.append(found)
        return found

    def _drop(self) -> None:
        found = getattr(self._local, "connection", None)
        if found is not None:
            found.close()

    def _raise_refused(self, path: str, error: _RefusedError) -> NoReturn:
        if str(error) == str(_NOT_FOUND) and path.startswith("chunks/"):
            raise ChunkError(
                _("The store lacks {path}.").format(path=path),
                hint=_("Run officefleet image verify on the store, or restore from the removable copy."),
            ) from error
        raise StoreError(
            _("The store {name} did not give {path}: {reason}.").format(
                name=self.name, path=path, reason=error
            )
        ) from error

    def _unreachable(self, error: Exception) -> StoreError:
        return StoreError(
            _("The store {name} does not answer as it should: {reason}.").format(
                name=self.name, reason=str(error) or type(error).__name__
            ),
            hint=_("Check the NAS and its cable, then run the same command again: the restore goes on."),
        )
