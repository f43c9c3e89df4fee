"""The file of rescues' host keys."""

from __future__ import annotations

import multiprocessing

import pytest

from officefleet.images.boot.known import RescueKeys
from officefleet.images.rescue.dropbear import host_key
from officefleet.images.rescue.faults import RescueError


def public(number: int) -> str:
    return host_key(bytes([number]) * 32)[1]


def test_newest_first_and_forgotten(tmp_path) -> None:
    keys = RescueKeys(tmp_path / "config" / "rescue-keys.json")
    assert keys.of("a") == ()
    for number in (1, 2, 1):
        keys.add("a", public(number))
    keys.add("b", public(3))
    assert keys.of("a") == (public(1), public(2))
    assert keys.forget("a")
    assert not keys.forget("a")
    assert keys.of("a") == ()
    assert RescueKeys(keys.path).of("b") == (public(3),)


def test_no_private_key_gets_in(tmp_path) -> None:
    keys = RescueKeys(tmp_path / "keys.json")
    for text in ("-----BEGIN OPENSSH PRIVATE KEY-----", "ssh-ed25519 short", f"{public(1)}\nssh-rsa x", ""):
        with pytest.raises(RescueError):
            keys.add("a", text)
    assert not keys.path.exists()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"hosts": 1}', '{"hosts": {"a": ["ssh-rsa x"]}}', '{"hosts": {"a": 5}}', "\0"],
)
def test_a_damaged_file_trusts_nobody_and_stays(tmp_path, content) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(RescueError, match="cannot be read"):
        RescueKeys(path).of("a")
    with pytest.raises(RescueError):
        RescueKeys(path).add("a", public(1))
    assert path.read_text() == content


def add_some(path, host) -> None:
    for number in range(5):
        RescueKeys(path).add(host, public(number))


def test_commands_at_once_lose_no_key(tmp_path) -> None:
    path = tmp_path / "keys.json"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=add_some, args=(path, f"host-{number}")) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    for number in range(4):
        assert len(RescueKeys(path).of(f"host-{number}")) == 5
