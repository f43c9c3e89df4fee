"""SSH through fabric: one connection a host, one channel a process, host keys checked."""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import fabric
import paramiko
from paramiko.ssh_exception import BadHostKeyException, NoValidConnectionsError, SSHException

from officefleet.errors import AuthenticationError, HostKeyError, UnreachableError
from officefleet.i18n import _
from officefleet.transports.base import LineBuffer
from officefleet.transports.known_hosts import KnownHosts

if TYPE_CHECKING:
    from officefleet.transports.base import Endpoint

# the caches below are filled by the first of many threads, not by each of them
_ONE_AT_A_TIME = threading.Lock()
_MAX_ERROR = 8192  # bytes of standard error that are kept
_KEEPALIVE = 15  # seconds; a pharmacy's box forgets an idle connection after a few minutes


class _UnknownKeyError(SSHException):
    """The host's key is in no known_hosts file."""

    def __init__(self, key: paramiko.PKey) -> None:
        super().__init__("unknown host key")
        self.key = key


class _Refuse(paramiko.MissingHostKeyPolicy):
    def missing_host_key(self, _client: Any, _hostname: str, key: paramiko.PKey) -> None:
        raise _UnknownKeyError(key)


class SshChannel:
    """A process behind an SSH session channel."""

    def __init__(self, channel: paramiko.Channel, host: str) -> None:
        self._channel = channel
        self._host = host
        self._lines = LineBuffer()
        self._error = bytearray()

    def write(self, data: bytes) -> None:
        """See `Channel.write`."""
        try:
            self._channel.sendall(data)
        except (OSError, EOFError, SSHException) as error:
            raise self._gone(error) from None

    def readline(self, timeout: float | None) -> bytes:
        """See `Channel.readline`."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            line = self._lines.pop()
            if line is not None:
                return line
            self._channel.settimeout(None if end is None else max(0.01, end - time.monotonic()))
            try:
                block = self._channel.recv(1 << 16)
            except TimeoutError:
                raise
            except (OSError, EOFError, SSHException) as error:
                raise self._gone(error) from None
            self._take_errors()
            if not block:
                transport = self._channel.get_transport()
                if not transport or not transport.is_active():
                    raise self._gone(EOFError(_("connection closed")))
                return self._lines.rest()
            self._lines.feed(block)

    def _take_errors(self) -> None:
        while self._channel.recv_stderr_ready():
            self._error = (self._error + self._channel.recv_stderr(4096))[-_MAX_ERROR:]

    def _gone(self, error: BaseException) -> UnreachableError:
        return UnreachableError(
            _("{host}: the connection was lost: {reason}").format(host=self._host, reason=error or "EOF")
        )

    def error_text(self) -> str:
        """See `Channel.error_text`."""
        self._take_errors()
        return self._error.decode("utf-8", "replace")

    def exit_status(self, timeout: float = 0) -> int | None:
        """See `Channel.exit_status`."""
        if self._channel.status_event.wait(timeout) and self._channel.exit_status_ready():
            return int(self._channel.recv_exit_status())
        return None

    def close(self) -> None:
        """See `Channel.close`."""
        self._channel.close()


class SshTransport:
    """A connection to one host over SSH."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: fabric.Connection | None = None
        self._lock = threading.Lock()

    def start(self, command: str) -> SshChannel:
        """See `Transport.start`."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
        transport = self._connection.transport
        try:
            channel = transport.open_session(timeout=self._endpoint.timeout)
            channel.exec_command(command)
        except (OSError, EOFError, SSHException) as error:
            raise UnreachableError(
                _("{host}: the connection was lost: {reason}").format(host=self._endpoint.host, reason=error)
            ) from None
        return SshChannel(channel, self._endpoint.host)

    def close(self) -> None:
        """See `Transport.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> fabric.Connection:
        place = self._endpoint
        connection = fabric.Connection(
            place.address,
            user=place.user or None,
            port=place.port,
            config=_config().clone(),
            gateway=_gateway(place),
            connect_timeout=place.timeout,
            connect_kwargs={**_credentials(place), "transport_factory": _transport},
        )
        client = connection.client
        _record(client, replace(place, address=connection.host, port=connection.port))
        client.set_missing_host_key_policy(_Refuse() if place.check_host_key else paramiko.AutoAddPolicy())
        try:
            connection.open()
        except BadHostKeyException as error:
            raise HostKeyError(
                _("{host}: the key is not the recorded one ({kind} {found})").format(
                    host=place.host, kind=error.key.get_name(), found=fingerprint(error.key)
                ),
                hint=_("if the machine was rebuilt, run `officefleet trust --replace {host}`").format(
                    host=place.host
                ),
            ) from None
        except _UnknownKeyError as error:
            raise HostKeyError(
                _("{host}: unknown host key {kind} {found}").format(
                    host=place.host, kind=error.key.get_name(), found=fingerprint(error.key)
                ),
                hint=_("compare it, then run `officefleet trust {host}`").format(host=place.host),
            ) from None
        except paramiko.AuthenticationException as error:
            raise AuthenticationError(
                _("{host}: login as {user} refused: {reason}").format(
                    host=place.host, user=place.user or _("the current user"), reason=error
                ),
                hint=_("check ansible_user and the key (--private-key)"),
            ) from None
        except (
            NoValidConnectionsError,
            TimeoutError,
            socket.gaierror,
            OSError,
            EOFError,
            SSHException,
        ) as error:
            raise UnreachableError(
                _("{host}: no connection to {address}:{port}: {reason}").format(
                    host=place.host, address=place.address, port=place.port, reason=_reason(error)
                ),
                hint=_("is the machine on, and its network up?"),
            ) from None
        connection.transport.set_keepalive(_KEEPALIVE)
        return connection


def _transport(sock: Any, **options: Any) -> paramiko.Transport:
    """Return paramiko's transport with what its defaults leave out.

    Nagle's algorithm is on in paramiko: one exec then takes 44 ms on loopback instead of 2 ms. AES-GCM needs no
    separate MAC, which halves the work per packet; OpenSSH prefers it over CTR as well.
    """
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(sock, **options)
    security = transport.get_security_options()
    security.ciphers = sorted(security.ciphers, key=lambda name: "gcm" not in name)
    return transport


def _reason(error: BaseException) -> str:
    if isinstance(error, NoValidConnectionsError) and error.errors:
        first = next(iter(error.errors.values()))
        return getattr(first, "strerror", None) or str(first)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@functools.cache
def _config() -> fabric.Config:
    """Return fabric's configuration, read once: reading it costs more than a connection's handshake.

    Each connection gets a clone (0.3 ms): making one changes its configuration for a moment, under other threads' eyes.
    """
    return fabric.Config()


def _record(client: paramiko.SSHClient, place: Endpoint) -> None:
    """Tell a client the recorded keys of one host: telling it all would cost a second with a large fleet."""
    with _ONE_AT_A_TIME:
        known = _known_hosts(place.known_hosts, tuple(map(_state, place.known_hosts)))
    for name, keys in known.keys_of(place.address, place.port).items():
        for kind, key in keys.items():
            client.get_host_keys().add(name, kind, key)


@functools.lru_cache(maxsize=8)
def _known_hosts(files: tuple[str, ...], _states: tuple[tuple[int, ...], ...]) -> KnownHosts:
    return KnownHosts(files)


def _state(file: str) -> tuple[int, ...]:
    """Return what changes when a file does: `trust`, or the rebuild of a poste, may write it while a run goes on."""
    try:
        found = os.stat(file)  # noqa: PTH116  the text is a cache key
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@functools.cache
def _private_key(path: str) -> paramiko.PKey:
    return paramiko.PKey.from_path(path)


def _credentials(place: Endpoint) -> dict[str, Any]:
    if place.password:
        return {"password": place.password, "look_for_keys": False, "allow_agent": False}
    if place.key_file:
        path = os.path.expanduser(place.key_file)  # noqa: PTH111  the text is a cache key
        try:
            with _ONE_AT_A_TIME:
                key = _private_key(path)
        except (OSError, ValueError, SSHException, TypeError) as error:
            raise AuthenticationError(
                _("cannot read the private key {path}: {reason}").format(path=path, reason=error)
            ) from None
        return {"pkey": key, "look_for_keys": False, "allow_agent": False}
    return {}


def _gateway(place: Endpoint) -> fabric.Connection | None:
    if not place.proxy_jump:
        return None
    gateway = fabric.Connection(place.proxy_jump, config=_config().clone(), connect_timeout=place.timeout,
                                connect_kwargs=_credentials(place))  # fmt: skip
    _record(gateway.client, replace(place, address=gateway.host, port=gateway.port))
    gateway.client.set_missing_host_key_policy(
        _Refuse() if place.check_host_key else paramiko.AutoAddPolicy()
    )
    return gateway


def fingerprint(key: paramiko.PKey) -> str:
    """Return a key's fingerprint as OpenSSH prints it, e.g. "SHA256:abc..."."""
    return str(key.fingerprint)
