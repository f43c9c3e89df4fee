"""SSH through fabric against real sshd hosts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import AuthenticationError, HostKeyError, UnreachableError
from officefleet.lab.keys import make_key
from officefleet.transports.base import Endpoint
from officefleet.transports.ssh import SshTransport

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.lab.sshd import FarmHost, SshFarm


def endpoint(farm: SshFarm, host: FarmHost) -> Endpoint:
    return Endpoint(
        host.name, "ssh", host.address, host.port, host.user, key_file=str(farm.private_key),
        known_hosts=(str(farm.known_hosts),),
    )  # fmt: skip


def answer(place: Endpoint, command: str = "echo hello") -> bytes:
    transport = SshTransport(place)
    try:
        channel = transport.start(command)
        return channel.readline(10)
    finally:
        transport.close()


def test_a_process_answers_and_ends(ssh_farm: SshFarm) -> None:
    transport = SshTransport(endpoint(ssh_farm, ssh_farm.hosts[0]))
    channel = transport.start('read line; echo "got $line"; echo oops >&2; exit 7')
    channel.write(b"this\n")
    assert channel.readline(10) == b"got this\n"
    assert channel.readline(10) == b""
    assert channel.exit_status(10) == 7
    assert channel.error_text() == "oops\n"
    transport.close()


def test_silence_is_told_from_the_end(ssh_farm: SshFarm) -> None:
    transport = SshTransport(endpoint(ssh_farm, ssh_farm.hosts[0]))
    channel = transport.start("sleep 60")
    with pytest.raises(TimeoutError):
        channel.readline(0.2)
    transport.close()


def test_many_threads_connect_at_once(ssh_farm: SshFarm) -> None:
    places = [endpoint(ssh_farm, host) for host in ssh_farm.hosts] * 10
    with ThreadPoolExecutor(len(places)) as pool:
        assert list(pool.map(answer, places)) == [b"hello\n"] * len(places)


def test_an_unknown_host_key_is_refused(ssh_farm: SshFarm, tmp_path: Path) -> None:
    place = replace(endpoint(ssh_farm, ssh_farm.hosts[0]), known_hosts=(str(tmp_path / "none"),))
    with pytest.raises(HostKeyError, match="unknown host key"):
        answer(place)


def test_another_host_key_is_refused(ssh_farm: SshFarm, tmp_path: Path) -> None:
    first, second = ssh_farm.hosts[:2]
    (tmp_path / "known").write_text(f"[{first.address}]:{first.port} {second.host_key}\n", encoding="utf-8")
    place = replace(endpoint(ssh_farm, first), known_hosts=(str(tmp_path / "known"),))
    with pytest.raises(HostKeyError, match="not the recorded one"):
        answer(place)


def test_a_host_key_that_is_recorded_meanwhile_counts(ssh_farm: SshFarm, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text("", encoding="utf-8")
    place = replace(endpoint(ssh_farm, ssh_farm.hosts[0]), known_hosts=(str(known),))
    with pytest.raises(HostKeyError, match="unknown host key"):
        answer(place)
    known.write_bytes(ssh_farm.known_hosts.read_bytes())  # as another process does
    assert answer(place) == b"hello\n"


def test_a_key_that_the_host_does_not_take(ssh_farm: SshFarm, tmp_path: Path) -> None:
    make_key(tmp_path / "other", comment="other")
    place = replace(endpoint(ssh_farm, ssh_farm.hosts[0]), key_file=str(tmp_path / "other"))
    with pytest.raises(AuthenticationError, match="refused"):
        answer(place)


def test_nobody_listens(ssh_farm: SshFarm) -> None:
    place = replace(endpoint(ssh_farm, ssh_farm.hosts[0]), port=1, timeout=2)
    with pytest.raises(UnreachableError, match="no connection"):
        answer(place)


def test_a_connection_that_breaks(ssh_farm: SshFarm) -> None:
    transport = SshTransport(endpoint(ssh_farm, ssh_farm.hosts[1]))
    channel = transport.start("kill -9 $PPID; sleep 5")
    with pytest.raises(UnreachableError, match="connection was lost"):
        channel.readline(20)
    transport.close()


def test_the_password_is_in_no_text_of_an_endpoint() -> None:
    assert "hidden" not in repr(Endpoint("h", "ssh", "h", password="hidden"))
