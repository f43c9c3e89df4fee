"""Recorded host keys: found by name and port, hashed or not; damaged lines are keys that are not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko
import pytest

from officefleet.lab.keys import make_key
from officefleet.transports.known_hosts import KnownHosts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def key(tmp_path: Path) -> str:
    return " ".join(make_key(tmp_path / "key", comment="t").split()[:2])


def kinds(known: KnownHosts, address: str, port: int = 22) -> list[str]:
    return [kind for keys in known.keys_of(address, port).values() for kind in keys]


def test_names_and_ports(tmp_path: Path, key: str) -> None:
    file = tmp_path / "known"
    hashed = paramiko.HostKeys.hash_host("hidden")
    file.write_text(
        f"# a remark\n\nplain,10.0.0.1 {key}\n[other]:2222 {key}\n{hashed} {key}\n@revoked gone {key}\ndamaged ssh-ed25519 !!\n",
        encoding="utf-8",
    )
    known = KnownHosts([str(file), str(tmp_path / "missing")])
    assert kinds(known, "plain") == ["ssh-ed25519"]
    assert kinds(known, "10.0.0.1") == ["ssh-ed25519"]
    assert kinds(known, "other", 2222) == ["ssh-ed25519"]
    assert kinds(known, "hidden") == ["ssh-ed25519"]
    for name, port in (("other", 22), ("plain", 2222), ("gone", 22), ("damaged", 22), ("nobody", 22)):
        assert kinds(known, name, port) == []


def test_a_fleet_of_keys_costs_a_connection_nothing(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "known"
    file.write_text("".join(f"host-{number} {key}\n" for number in range(20_000)), encoding="utf-8")
    known = KnownHosts([str(file)])
    parsed = []
    original = paramiko.hostkeys.HostKeyEntry.from_line
    monkeypatch.setattr(
        paramiko.hostkeys.HostKeyEntry,
        "from_line",
        lambda line, *rest: parsed.append(line) or original(line, *rest),
    )
    assert kinds(known, "host-19999") == ["ssh-ed25519"]
    assert len(parsed) == 1
