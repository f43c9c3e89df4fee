"""Processes on the controller itself."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time

from officefleet.errors import UnreachableError
from officefleet.i18n import _
from officefleet.transports.base import LineBuffer

_MAX_ERROR = 8192  # bytes of standard error that are kept


class LocalChannel:
    """A child process of the controller."""

    def __init__(self, command: str, folder: str = "") -> None:
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", "exec " + command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder or None,
            start_new_session=True,  # Ctrl-C is for the controller, which then closes the agent's input
        )
        self._lines = LineBuffer()
        self._error = bytearray()
        self._selector = selectors.DefaultSelector()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ)

    def write(self, data: bytes) -> None:
        """See `Channel.write`."""
        stream = self._child.stdin
        if stream is None:
            return
        try:
            stream.write(data)
            stream.flush()
        except (BrokenPipeError, ValueError):
            raise UnreachableError(_("the local agent has ended")) from None

    def readline(self, timeout: float | None) -> bytes:
        """See `Channel.readline`."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            line = self._lines.pop()
            if line is not None:
                return line
            if not self._selector.get_map():
                return self._lines.rest()
            ready = self._selector.select(None if end is None else max(0.0, end - time.monotonic()))
            if not ready and end is not None and time.monotonic() >= end:
                raise TimeoutError
            for key, _events in ready:
                block = os.read(key.fd, 1 << 16)
                if not block:
                    self._selector.unregister(key.fileobj)
                elif key.fileobj is self._child.stdout:
                    self._lines.feed(block)
                else:
                    self._error = (self._error + block)[-_MAX_ERROR:]

    def error_text(self) -> str:
        """See `Channel.error_text`."""
        return self._error.decode("utf-8", "replace")

    def exit_status(self, timeout: float = 0) -> int | None:
        """See `Channel.exit_status`."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """See `Channel.close`."""
        # The end of its input ends the agent, and its end wakes a thread that still reads: so nothing that such a
        # thread waits for is closed before the child is gone.
        stdin = self._child.stdin
        if stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._selector.close()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()


class LocalTransport:
    """Starts processes on the controller."""

    def __init__(self, folder: str = "") -> None:
        self._folder = folder
        self._channels: list[LocalChannel] = []

    def start(self, command: str) -> LocalChannel:
        """See `Transport.start`."""
        channel = LocalChannel(command, self._folder)
        self._channels.append(channel)
        return channel

    def close(self) -> None:
        """See `Transport.close`."""
        for channel in self._channels:
            channel.close()
        self._channels.clear()
