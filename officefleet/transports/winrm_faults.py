"""Turns what pywinrm, requests and Windows raise into one error of ours with a hint.

Fault codes: the constants ERROR_WSMAN_* of the Windows SDK (wsmerror.h, also in microsoft/windows-rs,
Win32/System/RemoteManagement) and the system error codes (learn.microsoft.com, "System Error Codes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from winrm.exceptions import (
    InvalidCredentialsError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from officefleet.errors import (
    ArgumentError,
    AuthenticationError,
    HostKeyError,
    OfficefleetError,
    TransportError,
    UnreachableError,
)
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.transports.base import Endpoint

SHELL_GONE = frozenset({
    2150858843,  # ERROR_WSMAN_UNEXPECTED_SELECTORS: no shell or command of that id
    2147943418,  # ERROR_KEY_DELETED: the profile in which the shell ran was unloaded
    995,  # ERROR_OPERATION_ABORTED: the shell was closed while output was awaited
})  # fmt: skip
PIPE_ENDED = frozenset(
    {2147942509, 109, 232}
)  # ERROR_BROKEN_PIPE, ERROR_NO_DATA: the process behind a stream has ended
_QUOTAS = frozenset({
    2150859173, 2150859174, 2150859175, 2150859176, 2150859179,  # MAX_SHELLS, MAX_OPERATIONS, USER, SYSTEM, MAX_SHELLUSERS
    2150859236, 2150859237, 2150859238, 2150859239, 2150859240,  # the same of a plugin (PPQ)
})  # fmt: skip
_TOO_LARGE = frozenset(
    {2150858805, 2150858823, 2150858824, 2150858825}
)  # ENCODING_LIMIT, MAX_ENVELOPE_SIZE and its kin
_DENIED = frozenset({5, 2147942405})
_AGAIN = frozenset({400, 408, 502, 503, 504})  # HTTP: another socket's key, a listener that starts or is busy


class ProcessGoneError(TransportError):
    """The shell or the process in it is no more: a reboot, a crash, an idle timeout."""

    code = "process-gone"


class OutputLostError(TransportError):
    """The connection broke while output was under way: some of it may be lost; the process lives."""

    code = "output-lost"


class UncertainError(UnreachableError):
    """A request may or may not have been carried out; the connection can be made anew."""

    code = "unreachable"


def may_retry(error: BaseException) -> bool:
    """Return whether the same request may succeed over a new connection."""
    if isinstance(error, WinRMTransportError):
        return error.code in _AGAIN
    if isinstance(error, requests.exceptions.SSLError):
        return False
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return False
    return isinstance(error, (requests.exceptions.ConnectionError, requests.exceptions.ReadTimeout,
                              requests.exceptions.ChunkedEncodingError, ConnectionError))  # fmt: skip


def explain(error: BaseException, place: Endpoint) -> OfficefleetError:  # noqa: PLR0911  one line a kind of error
    """Return the error that a person reads."""
    host = place.host
    if isinstance(error, OfficefleetError):
        return error
    if isinstance(error, WSManFaultError):
        return _fault(error, host)
    if isinstance(error, InvalidCredentialsError):
        return AuthenticationError(
            _("{host}: the login as {user} was refused (401)").format(host=host, user=place.user or "?"),
            hint=_(
                "check ansible_user and ansible_password; a domain account is DOMAIN\\user, and the listener must allow this method"
            ),
        )
    if isinstance(error, WinRMTransportError):
        return _http(error.code, host, place)
    if isinstance(error, requests.exceptions.SSLError):
        return HostKeyError(
            _("{host}: the certificate is not accepted: {reason}").format(
                host=host, reason=_innermost(error)
            ),
            hint=_(
                "name the authority's file in ansible_winrm_ca_trust_path, and connect to a name in the certificate"
            ),
        )
    if isinstance(error, (requests.exceptions.ReadTimeout, WinRMOperationTimeoutError)):
        return UnreachableError(
            _("{host}: no answer from WinRM in time").format(host=host),
            hint=_("is the machine busy or asleep? ansible_winrm_read_timeout_sec gives it longer"),
        )
    if isinstance(error, WinRMError):
        return ArgumentError(
            _("{host}: WinRM cannot be used like that: {reason}").format(host=host, reason=error)
        )
    if isinstance(error, OSError):  # requests' errors are
        return UnreachableError(
            _("{host}: no connection to {address}:{port}: {reason}").format(
                host=host, address=place.address, port=place.port, reason=_innermost(error)
            ),
            hint=_("is the machine on, and does WinRM listen (winrm quickconfig)?"),
        )
    return UnreachableError(
        _("{host}: WinRM answered nonsense: {reason}").format(
            host=host, reason=f"{type(error).__name__}: {error}"
        )
    )


def _innermost(error: BaseException) -> str:
    """Return the reason at the bottom of a chain of exceptions, without urllib3's object names."""
    found: BaseException = error
    while True:
        inner = getattr(found, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((one for one in found.args if isinstance(one, BaseException)), None)
        if inner is None:
            break
        found = inner
    text = getattr(found, "strerror", None) or str(found)
    return text.rpartition(": ")[2] if "object at 0x" in text else text


def _http(status: int, host: str, place: Endpoint) -> OfficefleetError:
    texts = {
        403: (
            _("{host}: the account may not use WinRM (403)"),
            _("it must be in the group S-1-5-32-580 or S-1-5-32-544"),
        ),
        404: (_("{host}: no WinRM at this address (404)"), _("check ansible_port and ansible_winrm_path")),
        500: (
            _("{host}: WinRM refuses the message (500)"),
            _("the listener wants encrypted messages: use NTLM or HTTPS"),
        ),
    }
    text, hint = texts.get(
        status,
        (
            _("{host}: WinRM answers with HTTP {status}"),
            _("look at the event log Microsoft-Windows-WinRM of the host"),
        ),
    )
    kind = AuthenticationError if status == 403 else UnreachableError  # noqa: PLR2004  HTTP's
    return kind(text.format(host=host, status=status, port=place.port), hint=hint)


def _fault(error: WSManFaultError, host: str) -> OfficefleetError:
    code = error.wsman_fault_code or 0
    if code in SHELL_GONE or code in PIPE_ENDED:
        return ProcessGoneError(_("{host}: PowerShell is no longer running").format(host=host))
    if code in _QUOTAS or "Quota" in (error.fault_subcode or ""):
        return UnreachableError(
            _("{host}: a quota of WinRM is used up: {reason}").format(host=host, reason=error.reason),
            hint=_(
                "other sessions are open: wait for their end, or raise MaxShellsPerUser and MaxMemoryPerShellMB"
            ),
        )
    if code in _TOO_LARGE:
        return TransportError(
            _("{host}: the message was larger than WinRM takes").format(host=host),
            hint=_("set MaxEnvelopeSizekb of the host to 500, its default"),
        )
    if code in _DENIED:
        return AuthenticationError(
            _("{host}: access denied").format(host=host),
            hint=_(
                "the account must be an administrator; a local one also needs LocalAccountTokenFilterPolicy=1"
            ),
        )
    return UnreachableError(
        _("{host}: WinRM says: {reason}").format(host=host, reason=f"{error.reason} ({code:#x})")
    )
