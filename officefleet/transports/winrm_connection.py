"""One HTTP connection to WinRM: pywinrm's protocol, renewed when it breaks, its requests counted.

NTLM authenticates a socket, so a connection belongs to one thread; after a reset or HTTP 400 a new socket goes on
with the same shell.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError
from winrm.protocol import Protocol
from winrm.transport import HAVE_KERBEROS, Transport

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.transports.winrm_faults import OutputLostError, explain, may_retry

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from officefleet.transports.base import Endpoint
    from officefleet.transports.winrm_options import WinrmOptions

_PAUSES = (0.0, 0.2, 1.0, 3.0)  # seconds before each try of a request over a new connection


class Meter:
    """What the connections to a host have cost; shared by their threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.latency = 60.0  # seconds of the fastest request

    def count(self, requests_made: int, seconds: float) -> None:
        """Add requests; `seconds` is what one of them took."""
        with self._lock:
            self.requests += requests_made
            self.latency = min(self.latency, seconds)


class _Transport(Transport):  # type: ignore[misc]  # pywinrm is not followed by mypy
    """pywinrm's transport that counts, and forgets its encryption together with its socket."""

    meter: Meter

    def _send_message_request(
        self, session: requests.Session, prepared: requests.PreparedRequest
    ) -> requests.Response:
        begun = time.monotonic()
        try:
            response: requests.Response = super()._send_message_request(session, prepared)
        except Exception:
            self.meter.count(1, 60.0)
            raise
        made = 1 + len(response.history)  # those of the handshake
        self.meter.count(made, (time.monotonic() - begun) / made)
        return response

    def close_session(self) -> None:
        super().close_session()
        self.encryption = None


class Connection:
    """A connection of one thread.

    Args:
        place: the host.
        options: its WinRM settings.
        meter: counts requests.
        stopped: set when nobody wants the host any more: waiting and retrying end.

    """

    def __init__(
        self, place: Endpoint, options: WinrmOptions, meter: Meter, stopped: threading.Event
    ) -> None:
        self._place, self._options, self._stopped = place, options, stopped
        self._meter = meter
        self._methods = list(methods(place, options))
        self._protocol = self._make()

    def _make(self) -> Protocol:
        place, options = self._place, self._options
        method = self._methods[0]
        host = f"[{place.address}]" if ":" in place.address else place.address
        arguments: dict[str, Any] = {
            "username": place.user,
            "password": place.password,
            "transport": method,
            "server_cert_validation": options.server_cert_validation,
            "ca_trust_path": options.ca_trust_path or None,
            "cert_pem": options.cert_pem or None,
            "cert_key_pem": options.cert_key_pem or None,
            "message_encryption": options.message_encryption if method in ("ntlm", "kerberos") else "auto",
            "send_cbt": options.send_cbt,
            "kerberos_delegation": options.kerberos_delegation,
            "kerberos_hostname_override": options.kerberos_hostname_override or None,
            "service": options.service,
            "proxy": options.proxy or None,
        }
        try:
            protocol = Protocol(
                f"{options.scheme}://{host}:{place.port}{options.path}",
                operation_timeout_sec=options.operation_timeout,
                read_timeout_sec=options.read_timeout,
                **arguments,
            )
            protocol.transport.__class__ = _Transport
        except Exception as error:  # noqa: BLE001  pywinrm raises what it likes
            raise explain(error, place) from None
        protocol.transport.meter = self._meter
        protocol.transport.read_timeout_sec = (place.timeout, options.read_timeout)
        return protocol

    def open(self) -> None:
        """Connect and authenticate now.

        Raises:
            OfficefleetError: see `call`.

        """
        self.call(lambda protocol: protocol.transport.build_session())

    def call(
        self, work: Callable[[Protocol], Any], *, losing: bool = False, seconds: int | None = None
    ) -> Any:
        """Carry out a request, over new connections when one breaks.

        Args:
            work: makes the request; it may be made several times.
            losing: a broken answer may have held output: say so instead of asking again.
            seconds: how long the server may hold the request, None for the default.

        Raises:
            OutputLostError: see `losing`; the connection was renewed.
            WinRMOperationTimeoutError: the server has nothing yet.
            TransportError: the host cannot be talked to, or refuses.

        """
        for number, pause in enumerate(_PAUSES, start=1):
            if pause and self._stopped.wait(pause):
                break
            self._protocol.operation_timeout_sec = seconds or self._options.operation_timeout
            try:
                return work(self._protocol)
            except WinRMOperationTimeoutError:
                raise
            except Exception as error:  # noqa: BLE001  requests, urllib3, ntlm and pywinrm have no common base
                self._renew()
                if isinstance(error, InvalidCredentialsError) and len(self._methods) > 1:
                    del self._methods[0]
                    self._protocol = self._make()
                    return self.call(work, losing=losing, seconds=seconds)
                if not may_retry(error) or number == len(_PAUSES) or self._stopped.is_set():
                    raise explain(error, self._place) from None
                if losing:
                    self._stopped.wait(_PAUSES[1])
                    raise OutputLostError(
                        _("{host}: the connection broke").format(host=self._place.host)
                    ) from None
        raise explain(ConnectionError(_("the connection was closed")), self._place)

    def _renew(self) -> None:
        self._protocol.transport.close_session()

    def close(self) -> None:
        """Close the socket."""
        self._renew()


def methods(place: Endpoint, options: WinrmOptions) -> tuple[str, ...]:
    """Return the authentication methods to try, in order.

    Raises:
        ArgumentError: a password would cross the network in the clear, or a library is missing.

    """
    wanted = options.transport or (("kerberos",) if HAVE_KERBEROS and "@" in place.user else ()) + ("ntlm",)
    found: list[str] = []
    for one in wanted:
        if one in ("basic", "plaintext", "ssl") and options.scheme != "https":
            raise ArgumentError(
                _("{host}: Basic over HTTP would send the password in the clear").format(host=place.host),
                hint=_("use ansible_winrm_scheme=https, or ansible_winrm_transport=ntlm"),
            )
        if one == "kerberos" and not HAVE_KERBEROS:
            if len(wanted) > 1:
                continue
            raise ArgumentError(
                _("{host}: Kerberos needs a library that is not installed").format(host=place.host),
                hint=_("pip install pywinrm[kerberos], or ansible_winrm_transport=ntlm"),
            )
        found.append("basic" if one == "plaintext" else one)
    if options.message_encryption == "never" and options.scheme != "https":
        raise ArgumentError(
            _("{host}: messages would cross the network in the clear").format(host=place.host),
            hint=_("leave ansible_winrm_message_encryption at auto"),
        )
    return tuple(found)
