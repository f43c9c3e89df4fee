"""What every transport offers: processes with a byte channel each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from officefleet.errors import AgentError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.transports.winrm_options import WinrmOptions

MAX_LINE = 64 << 20  # bytes of one message of an agent


class Channel(Protocol):
    """One process on the host: its input, output and end."""

    def write(self, data: bytes) -> None:
        """Send bytes to the process.

        Raises:
            UnreachableError: the connection is gone.

        """

    def readline(self, timeout: float | None) -> bytes:
        """Return the next line of its output with its newline, or b"" at the end.

        Raises:
            TimeoutError: nothing came for `timeout` seconds.
            UnreachableError: the connection is gone.

        """

    def error_text(self) -> str:
        """Return what the process has written to its standard error so far, at most a few kilobytes."""

    def exit_status(self, timeout: float = 0) -> int | None:
        """Return the exit status of a process that ends within `timeout` seconds, else None."""

    def close(self) -> None:
        """Close the channel; the process gets an end of input."""


class Transport(Protocol):
    """A connection to one host."""

    def start(self, command: str) -> Channel:
        """Start a shell command on the host.

        Raises:
            UnreachableError, HostKeyError, AuthenticationError: the host cannot be talked to.

        """

    def close(self) -> None:
        """End all processes and the connection."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom to connect.

    Attributes:
        host: inventory name, for messages.
        kind: "ssh", "winrm" or "local".
        address: name or address to connect to.
        port: TCP port.
        user: login name, "" for the current one.
        password: or "" for keys.
        key_file: private key, or "" for the agent's and default keys.
        timeout: seconds to wait for the connection.
        known_hosts: files with recorded host keys, the first one is written by `trust`.
        check_host_key: False accepts any key (said in the log).
        proxy_jump: "user@gateway:port" or "".
        folder: where local processes start, "" for the controller's own folder.
        powershell: the host is a Windows one: its agent is PowerShell's.
        winrm: settings of WinRM, None for the other kinds.

    """

    host: str
    kind: str
    address: str
    port: int = 22
    user: str = ""
    password: str = ""
    key_file: str = ""
    timeout: float = 10.0
    known_hosts: tuple[str, ...] = ()
    check_host_key: bool = True
    proxy_jump: str = ""
    folder: str = ""
    powershell: bool = False
    winrm: WinrmOptions | None = None

    def __repr__(self) -> str:
        """Return the place without the password."""
        return f"Endpoint({self.kind}://{self.user}@{self.address}:{self.port})"


class LineBuffer:
    """Splits a stream of blocks into lines."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, block: bytes) -> None:
        """Add a block that was received.

        Raises:
            AgentError: a line without end; a hostile host must not fill the controller's memory.

        """
        if b"\n" not in block:
            self._parts.append(block)
            self._size += len(block)
            if self._size > MAX_LINE:
                raise AgentError(_("the host sent a line of more than {size} MB").format(size=MAX_LINE >> 20))
            return
        self._size = len(block) - block.rindex(b"\n") - 1
        whole = b"".join([*self._parts, block])
        *lines, rest = whole.split(b"\n")
        self._lines += lines
        self._parts = [rest] if rest else []

    def pop(self) -> bytes | None:
        """Return the next whole line with its newline, or None."""
        return self._lines.pop(0) + b"\n" if self._lines else None

    def rest(self) -> bytes:
        """Return what is left after the last newline."""
        rest, self._parts = b"".join(self._parts), []
        return rest


def connect(endpoint: Endpoint) -> Transport:
    """Return a transport for an endpoint; the connection is made when it is first used."""
    if endpoint.kind == "local":
        from officefleet.transports.local import LocalTransport  # noqa: PLC0415  each transport loads when needed

        return LocalTransport(endpoint.folder)
    if endpoint.kind == "winrm":
        from officefleet.transports.winrm import WinrmTransport  # noqa: PLC0415

        return WinrmTransport(endpoint)
    from officefleet.transports.ssh import SshTransport  # noqa: PLC0415

    return SshTransport(endpoint)


def quote_words(words: Sequence[str]) -> str:
    """Return words as one POSIX shell command."""
    import shlex  # noqa: PLC0415

    return shlex.join(words)
