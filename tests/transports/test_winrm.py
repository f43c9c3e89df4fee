"""WinRM over real sockets: who may come in, what is encrypted, and one clear error for each thing that goes wrong."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from winrm.exceptions import WSManFaultError
from winrm.protocol import Protocol

from officefleet.errors import (
    ArgumentError,
    AuthenticationError,
    HostKeyError,
    TransportError,
    UnreachableError,
)
from officefleet.transports.base import Endpoint, connect
from officefleet.transports.winrm import SEND_LIMIT, WinrmTransport
from officefleet.transports.winrm_connection import methods
from officefleet.transports.winrm_faults import ProcessGoneError, explain
from officefleet.transports.winrm_options import WinrmOptions

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = "s3cret-\xe9t\xe9"
# pywinrm's own HTTP library and TLS wrappers leave sockets to the garbage collector when a connection is reset
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def place(rig: Any, **options: Any) -> Endpoint:
    settings = WinrmOptions(
        scheme="https" if rig.tls else "http", ca_trust_path=str(rig.ca) if rig.tls else "",
        **{name: value for name, value in options.items() if name in WinrmOptions.__slots__},
    )  # fmt: skip
    rest = {name: value for name, value in options.items() if name not in WinrmOptions.__slots__}
    return replace(
        Endpoint("poste", "winrm", "127.0.0.1", rig.port, "admin", WORD, powershell=True, winrm=settings),
        **rest,
    )


def say(rig: Any, words: str = "hello", **options: Any) -> str:
    rig.machine.extra["programs"] = {"say.exe " + words: (0, words.encode(), b"")}
    transport = connect(place(rig, **options))
    try:
        channel = transport.start("say.exe " + words)
        found = channel.readline(5)
        assert channel.exit_status(5) == 0
        return found.decode()
    finally:
        transport.close()


@pytest.mark.parametrize("tls", [False, True])
def test_ntlm_over_http_is_encrypted_and_over_https_bound_to_the_certificate(
    windows_rig: Callable[..., Any], *, tls: bool
) -> None:
    rig = windows_rig(tls=tls)
    assert say(rig) == "hello"
    assert {one.encrypted for one in rig.journal if one.action != "auth"} == {not tls}
    assert rig.codepages == ["65001"]
    assert rig.service.shells == {}  # nothing is left behind


def test_messages_can_be_encrypted_within_tls_too(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(tls=True)
    assert say(rig, message_encryption="always") == "hello"
    assert all(one.encrypted for one in rig.journal if one.action != "auth")


def test_basic_is_for_tls_only(windows_rig: Callable[..., Any]) -> None:
    assert say(windows_rig(tls=True), transport=("basic",)) == "hello"
    rig = windows_rig(basic_http=True)
    with pytest.raises(ArgumentError, match="in the clear"):
        say(rig, transport=("basic",))
    with pytest.raises(ArgumentError, match="in the clear"):
        say(rig, message_encryption="never")
    assert rig.journal == []  # not one byte of it was sent


def test_the_next_method_is_tried_when_one_is_refused(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(tls=True, broken_binding=True)
    with pytest.raises(AuthenticationError, match="401"):
        say(rig)
    assert say(rig, transport=("ntlm", "basic")) == "hello"


def test_pywinrm_itself_talks_to_the_rig(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    rig.machine.extra["programs"] = {"dir": (3, "caf\xe9".encode(), b"no")}
    url = f"http://127.0.0.1:{rig.port}/wsman"
    protocol = Protocol(
        url, transport="ntlm", username="admin", password=WORD, ca_trust_path=None, proxy=None
    )
    shell = protocol.open_shell()
    found = protocol.get_command_output(shell, protocol.run_command(shell, "dir"))
    protocol.close_shell(shell)
    assert found == ("caf\xe9".encode(), b"no", 3)


def test_a_man_in_the_middle_is_found_by_the_channel_binding(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(tls=True, broken_binding=True)
    with pytest.raises(AuthenticationError):
        say(rig)
    assert "Create" not in rig.actions()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"password": "wrong"}, AuthenticationError, r"login as admin was refused \(401\)"),
        ({"user": "nobody"}, AuthenticationError, "401"),
        ({"transport": ("kerberos",)}, ArgumentError, "Kerberos needs a library"),
    ],
)
def test_who_may_not_come_in_is_told_why(
    windows_rig: Callable[..., Any], options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        say(windows_rig(), **options)
    assert caught.value.hint  # type: ignore[attr-defined]
    assert WORD not in str(caught.value)


@pytest.mark.parametrize(
    ("rig_options", "place_options", "words"),
    [
        ({}, {"ca_trust_path": ""}, "certificate"),
        ({"names": ("autre.example",)}, {}, "certificate"),
        ({"lifetime": -1}, {}, "certificate"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused(
    windows_rig: Callable[..., Any], rig_options: dict[str, Any], place_options: dict[str, Any], words: str
) -> None:
    rig = windows_rig(tls=True, **rig_options)
    there = place(rig)
    if place_options:
        there = replace(there, winrm=replace(there.winrm, **place_options))
    with pytest.raises(HostKeyError, match=words) as caught:
        WinrmTransport(there).start("x")
    assert "ansible_winrm_ca_trust_path" in caught.value.hint


def test_validation_can_be_switched_off_for_a_lab(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(tls=True, names=("autre.example",))
    assert say(rig, server_cert_validation="ignore") == "hello"


def test_nobody_listens(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = replace(place(rig), port=free.getsockname()[1])
    transport = WinrmTransport(there)
    transport._stopped.set()  # no patience
    with pytest.raises(UnreachableError, match=r"no connection to 127\.0\.0\.1:.*refused") as caught:
        transport.start("x")
    assert "winrm quickconfig" in caught.value.hint


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"max_shells": 0}, "quota of WinRM is used up"), ({"max_processes": 0}, "quota of WinRM is used up")],
)
def test_a_quota_is_named(windows_rig: Callable[..., Any], limits: dict[str, int], words: str) -> None:
    with pytest.raises(UnreachableError, match=words):
        say(windows_rig(**limits))


@pytest.mark.parametrize(
    ("status", "words"), [("404", "no WinRM at this address"), ("403", "may not use WinRM")]
)
def test_http_says_no(windows_rig: Callable[..., Any], status: str, words: str) -> None:
    rig = windows_rig()
    rig.fault = lambda action, _number: status if action == "Create" else ""
    with pytest.raises(TransportError, match=words):
        say(rig)


@pytest.mark.parametrize("wrong", ["lost", "400", "503", "reply lost"])
@pytest.mark.parametrize("action", ["Create", "Command", "Send", "Delete"])
def test_a_request_that_breaks_is_made_again(
    windows_rig: Callable[..., Any], wrong: str, action: str
) -> None:
    rig = windows_rig()
    done: list[str] = []

    def fault(name: str, _number: int) -> str:
        if name != action or done:
            return ""
        done.append(name)
        return wrong

    rig.fault = fault
    assert say(rig) == "hello"


def test_a_server_that_hangs_is_given_up(
    windows_rig: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = windows_rig()
    rig.fault = lambda _action, _number: "stall"
    monkeypatch.setattr("officefleet.transports.winrm_connection._PAUSES", (0.0,))
    transport = WinrmTransport(place(rig, operation_timeout=1, read_timeout=2))
    with pytest.raises(UnreachableError, match="no answer from WinRM in time"):
        transport.start("x")
    rig.stop.set()
    transport.close()


@pytest.mark.parametrize(("slow", "sockets"), [(60.0, 1), (0.0, 2)])
def test_slow_links_get_a_second_connection_and_fast_ones_do_not(
    windows_rig: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, slow: float, sockets: int
) -> None:
    monkeypatch.setattr("officefleet.transports.winrm.SLOW", slow)
    rig = windows_rig()
    assert say(rig) == "hello"
    assert len({one.connection for one in rig.journal}) == sockets
    assert not [one for one in threading.enumerate() if one.name.startswith("winrm-")]


def test_latency_is_measured_from_the_handshake_on(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(latency=0.05)
    transport = WinrmTransport(place(rig))
    transport.start("x")
    assert 0.05 <= transport.meter.latency < 60
    assert transport.meter.requests == len(rig.journal)
    transport.close()


def test_what_is_sent_fits_the_servers_envelope(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig(max_envelope=512_000)
    transport = WinrmTransport(place(rig))
    taken: list[int] = []

    class Sink:
        def feed(self, data: bytes, *, end: bool) -> None:
            assert not end
            taken.append(len(data))

        def kill(self) -> None:
            return

    rig.service.start = lambda _line, _page, _command: Sink()
    channel = transport.start("sink.exe")
    channel.write(b"x" * (2 * SEND_LIMIT + 5))
    assert taken == [SEND_LIMIT, SEND_LIMIT, 5]
    transport.close()


def test_large_output_comes_in_envelopes_of_the_size_that_was_asked_for(
    windows_rig: Callable[..., Any],
) -> None:
    rig = windows_rig()
    rig.machine.extra["programs"] = {"big.exe": (0, b"y" * 400_000, b"")}
    transport = WinrmTransport(place(rig))
    channel = transport.start("big.exe")
    found = b""
    while line := channel.readline(5):
        found += line
    assert len(found) == 400_000
    assert rig.actions().count("Receive") >= 4
    transport.close()


def test_methods_in_order() -> None:
    there = Endpoint("h", "winrm", "a", 5986, "u", "p")
    assert methods(there, WinrmOptions()) == ("ntlm",)
    assert methods(there, WinrmOptions(transport=("kerberos", "ntlm"))) == ("ntlm",)
    assert methods(there, WinrmOptions(transport=("plaintext",))) == ("basic",)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (2150858843, ProcessGoneError, "no longer running"),
        (995, ProcessGoneError, "no longer running"),
        (2147942509, ProcessGoneError, "no longer running"),
        (2150859173, UnreachableError, "quota of WinRM is used up"),
        (2150859236, UnreachableError, "quota of WinRM is used up"),
        (2150858824, TransportError, "larger than WinRM takes"),
        (5, AuthenticationError, "access denied"),
        (2150859999, UnreachableError, "WinRM says: the reason"),
    ],
)
def test_fault_codes_of_windows(code: int, kind: type[Exception], words: str) -> None:
    fault = WSManFaultError(500, "m", "r", "the reason", "s:Receiver", "w:InternalError", code)
    found = explain(fault, Endpoint("poste", "winrm", "a", 5986))
    assert type(found) is kind
    assert words in str(found)
