"""WinRM: one shell on a Windows host, processes in it, each a byte channel.

A channel asks for output itself on a fast link; on a slow one a second connection holds a Receive open, so that
output arrives one latency after it was asked for, not two.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from winrm.exceptions import WinRMOperationTimeoutError

from officefleet.errors import OfficefleetError, TransportError, UnreachableError
from officefleet.i18n import _
from officefleet.transports.base import LineBuffer
from officefleet.transports.console import decoded
from officefleet.transports.winrm_connection import Connection, Meter
from officefleet.transports.winrm_faults import OutputLostError, ProcessGoneError
from officefleet.transports.winrm_options import WinrmOptions

if TYPE_CHECKING:
    from officefleet.transports.base import Endpoint

SEND_LIMIT = 360_000  # bytes of one write: 512,000 of the envelope hold that much as base64
SLOW = 0.005  # seconds of a request from which a second connection pays
_IDLE = "PT1800S"  # shells that were lost with their connection must not fill the user's quota for hours
_MAX_ERROR = 8192
_UTF8 = 65001


class WinrmChannel:
    """A process in the host's shell."""

    def __init__(self, transport: WinrmTransport, command: str) -> None:
        self._transport = transport
        self.id = command
        self._lines = LineBuffer()
        self._error = bytearray()
        self._status: int | None = None
        self._blocks: queue.Queue[tuple[bytes, bytes, int, bool] | OfficefleetError] | None = None
        self.closed = threading.Event()
        self.thread: threading.Thread | None = None
        if transport.meter.latency > SLOW:
            self._blocks = queue.Queue()
            self.thread = threading.Thread(
                target=self._hold, name=f"winrm-{transport.place.host}", daemon=True
            )
            self.thread.start()

    def write(self, data: bytes) -> None:
        """Send at most `SEND_LIMIT` bytes; sent again when the connection breaks, so they may arrive twice.

        Raises:
            UnreachableError: the connection is gone for good.
            ProcessGoneError: the process or its shell has ended.

        """
        if len(data) > SEND_LIMIT:
            for start in range(0, len(data), SEND_LIMIT):
                self.write(data[start : start + SEND_LIMIT])
            return
        self._transport.call(lambda one: one.send_command_input(self._transport.shell, self.id, data))

    def readline(self, timeout: float | None) -> bytes:
        """See `Channel.readline`.

        Raises:
            OutputLostError: some output may be lost; the process lives.
            ProcessGoneError: its shell is gone.

        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            line = self._lines.pop()
            if line is not None:
                return line
            if self._status is not None:
                return self._lines.rest()
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self._take(self._ask(left) if self._blocks is None else self._next(left))

    def _take(self, block: tuple[bytes, bytes, int, bool] | None) -> None:
        if block is None:
            return
        out, error, status, done = block
        if out:
            self._lines.feed(out)
        if error:
            self._error = (self._error + error)[-_MAX_ERROR:]
        if done:
            self._status = status

    def _ask(self, left: float | None) -> tuple[bytes, bytes, int, bool] | None:
        seconds = None if left is None else max(1, int(left))
        try:
            found: tuple[bytes, bytes, int, bool] = self._transport.call(
                self._receive,
                losing=True,
                seconds=min(seconds, self._transport.options.operation_timeout) if seconds else None,
            )
        except WinRMOperationTimeoutError:
            return None
        return found

    def _receive(self, protocol: Any) -> tuple[bytes, bytes, int, bool]:
        found: tuple[bytes, bytes, int, bool] = protocol.get_command_output_raw(
            self._transport.shell, self.id
        )
        return found

    def _next(self, left: float | None) -> tuple[bytes, bytes, int, bool]:
        try:
            found = self._blocks.get(timeout=left) if self._blocks is not None else None
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(found, OfficefleetError):
            raise found
        if found is None:
            raise EOFError
        return found

    def _hold(self) -> None:
        """Ask for output all the time, over a connection of this thread's own."""
        blocks = self._blocks
        if blocks is None:
            return
        try:
            connection = self._transport.connect()
        except OfficefleetError as error:
            blocks.put(error)
            return
        done = False
        while not done and not self.closed.is_set():
            try:
                block = connection.call(self._receive, losing=True)
            except WinRMOperationTimeoutError:
                continue
            except OutputLostError as error:
                blocks.put(error)
            except OfficefleetError as error:
                blocks.put(error)
                break
            else:
                blocks.put(block)
                done = block[3]
        connection.close()

    def error_text(self) -> str:
        """See `Channel.error_text`."""
        return decoded(bytes(self._error))

    def exit_status(self, timeout: float = 0) -> int | None:
        """See `Channel.exit_status`."""
        end = time.monotonic() + timeout
        while self._status is None and time.monotonic() < end:
            try:
                self._take(
                    self._ask(end - time.monotonic())
                    if self._blocks is None
                    else self._next(end - time.monotonic())
                )
            except (TimeoutError, TransportError):
                break
        return self._status

    def close(self) -> None:
        """Leave the process; the shell's end or the next start ends it."""
        self.closed.set()


class WinrmTransport:
    """A shell on one host."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.place = endpoint
        self.options = endpoint.winrm or WinrmOptions()
        self.meter = Meter()
        self.shell = ""
        self._stopped = threading.Event()
        self._using = threading.Lock()  # NTLM's socket serves one request at a time
        self._connection: Connection | None = None
        self._channels: list[WinrmChannel] = []

    def connect(self) -> Connection:
        """Return a new connection to the host."""
        return Connection(self.place, self.options, self.meter, self._stopped)

    def call(self, work: Any, *, losing: bool = False, seconds: int | None = None) -> Any:
        """Make a request over the transport's own connection; see `Connection.call`."""
        if self._connection is None:
            raise UnreachableError(_("{host}: the connection is closed").format(host=self.place.host))
        try:
            with self._using:
                return self._connection.call(work, losing=losing, seconds=seconds)
        except UnreachableError:
            self.shell = ""  # gone, or not to be reached: there is nothing to close
            raise

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return self._using.locked()

    def start(self, command: str) -> WinrmChannel:
        """Start a program (no cmd.exe in between); see `Transport.start`."""
        if self._connection is None:
            self._connection = self.connect()
        for channel in [one for one in self._channels if one.closed.is_set()]:
            self._channels.remove(channel)
            with contextlib.suppress(TransportError):
                self.call(lambda one, old=channel: one.cleanup_command(self.shell, old.id))
        if not self.shell:
            self.shell = self.call(lambda one: one.open_shell(codepage=_UTF8, idle_timeout=_IDLE))
        program, _blank, rest = command.partition(" ")
        try:
            found = self._command(program, rest)
        except ProcessGoneError:  # the shell that we had is gone: a reboot, or too long idle
            self.shell = self.call(lambda one: one.open_shell(codepage=_UTF8, idle_timeout=_IDLE))
            found = self._command(program, rest)
        channel = WinrmChannel(self, found)
        self._channels.append(channel)
        return channel

    def _command(self, program: str, rest: str) -> str:
        return str(
            self.call(
                lambda one: one.run_command(
                    self.shell, program, [rest] if rest else [], console_mode_stdin=False, skip_cmd_shell=True
                )
            )
        )

    def close(self) -> None:
        """End the shell and what runs in it; may be called while another thread waits for output."""
        for channel in self._channels:
            channel.close()
        connection, self._connection = self._connection, None
        self._stopped.set()  # no patience with a host that is gone
        if connection is not None:
            free = self._using.acquire(blocking=False)
            try:
                self._delete(connection if free else self.connect())
            finally:
                if free:
                    self._using.release()
                    connection.close()
        self._stopped = threading.Event()  # for whoever starts something again
        self.shell = ""
        for channel in self._channels:
            if channel.thread is not None and channel.thread is not threading.current_thread():
                channel.thread.join(5)
        self._channels = []

    def _delete(self, connection: Connection) -> None:
        """End the shell with all its processes."""
        shell, self.shell = self.shell, ""
        if shell:
            with contextlib.suppress(OfficefleetError, WinRMOperationTimeoutError):
                connection.call(lambda one: one.close_shell(shell, close_session=False), seconds=5)
        if connection is not self._connection:
            connection.close()
