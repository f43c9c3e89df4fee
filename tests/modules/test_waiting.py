"""wait_for and getent on this machine."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from officefleet.modules.getent.posix import entries
from officefleet.modules.wait_for.posix import endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def port(server: socket.socket) -> int:
    number = server.getsockname()[1]
    assert isinstance(number, int)
    return number


def test_a_port_that_answers(run: Run, server: socket.socket) -> None:
    result = run("wait_for", {"port": port(server), "timeout": 5})
    assert result["changed"] is False
    assert result["state"] == "started"
    assert result["elapsed"] in (0, 1)


def test_a_port_that_never_answers(run: Run, server: socket.socket) -> None:
    number = port(server)
    server.close()
    result = run("wait_for", {"port": number, "timeout": 1})
    assert result["failed"] is True
    assert result["msg"] == f"Timeout when waiting for 127.0.0.1:{number}"
    assert result["elapsed"] >= 1
    assert run("wait_for", {"port": number, "timeout": 1, "msg": "no robot"})["msg"] == "no robot"


def test_a_port_that_stops(run: Run, server: socket.socket) -> None:
    assert "to stop" in run("wait_for", {"port": port(server), "state": "stopped", "timeout": 1})["msg"]
    number = port(server)
    server.close()
    assert "failed" not in run("wait_for", {"port": number, "state": "stopped", "timeout": 5})


def test_what_a_port_sends(run: Run, server: socket.socket) -> None:
    def answer() -> None:
        with server.accept()[0] as peer:
            peer.sendall(b"hello SSH-2.0-robot\n")

    thread = threading.Thread(target=answer)
    thread.start()
    regex = r"SSH-(?P<version>\d\.\d)-(\w+)"
    result = run("wait_for", {"port": port(server), "search_regex": regex, "timeout": 5})
    thread.join()
    assert result["match_groups"] == ["2.0", "robot"]
    assert result["match_groupdict"] == {"version": "2.0"}


def test_connections_that_drain(run: Run, server: socket.socket) -> None:
    with socket.create_connection(server.getsockname()) as client, server.accept()[0]:
        assert client
        busy = run("wait_for", {"port": port(server), "state": "drained", "timeout": 1})
        assert "to drain" in busy["msg"]
        spared = {"port": port(server), "state": "drained", "timeout": 5, "exclude_hosts": ["127.0.0.1"]}
        assert "failed" not in run("wait_for", spared)


def test_files_and_text_in_them(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert "waiting for file" in run("wait_for", {"path": str(path), "timeout": 0})["msg"]
    assert "failed" not in run("wait_for", {"path": str(path), "timeout": 0, "state": "absent"})
    path.write_text("one\nready 42\n")
    found = run("wait_for", {"path": str(path), "search_regex": r"^ready (\d+)$"})
    assert found["match_groups"] == ["42"]
    missing = run("wait_for", {"path": str(path), "search_regex": "never", "timeout": 0})
    assert "search string never" in missing["msg"]
    timer = threading.Timer(0.2, path.unlink)
    timer.start()
    assert "failed" not in run("wait_for", {"path": str(path), "timeout": 5, "state": "absent"})
    timer.join()


def test_check_mode_does_not_wait(run: Run) -> None:
    assert run("wait_for", {"timeout": 60}, check=True)["skipped"] is True


@pytest.mark.parametrize(
    "args",
    [
        {"port": 1, "path": "/"},
        {"path": "/", "state": "stopped"},
        {"state": "drained"},
        {"search_regex": "("},
    ],
)
def test_arguments_that_do_not_fit(run: Run, args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run("wait_for", args)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100007F:0277", ("127.0.0.1", 631)),
        ("0000000000000000FFFF00000100007F:0016", ("127.0.0.1", 22)),
        ("00000000000000000000000001000000:1F90", ("::1", 8080)),
    ],
)
def test_endpoints_of_the_kernels_tables(text: str, expected: tuple[str, int]) -> None:
    assert endpoint(text) == expected


def test_getent(run: Run) -> None:
    facts = run("getent", {"database": "passwd", "key": "root"})["ansible_facts"]
    assert facts["getent_passwd"]["root"][1:3] == ["0", "0"]
    everyone = run("getent", {"database": "group"})["ansible_facts"]["getent_group"]
    assert everyone["root"][1] == "0"
    missing = {"database": "passwd", "key": "officefleet-nobody"}
    assert "could not be found" in run("getent", missing)["msg"]
    facts = run("getent", missing | {"fail_key": False})["ansible_facts"]
    assert facts == {"getent_passwd": {"officefleet-nobody": None}}
    assert run("getent", {"database": "nonsense"})["failed"] is True


def test_keys_that_occur_twice() -> None:
    text = "192.0.2.1 STREAM nas\n192.0.2.1 DGRAM\n192.0.2.2 STREAM\n"
    assert entries(text, None) == {"192.0.2.1": [["STREAM", "nas"], ["DGRAM"]], "192.0.2.2": ["STREAM"]}
