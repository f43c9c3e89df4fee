"""Which public key a private key file stands for, without opening it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from officefleet.access.keys import fingerprint, keys_at_hand, public_key

if TYPE_CHECKING:
    from pathlib import Path


def keygen(folder: Path, *options: str) -> Path:
    file = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-f", str(file), "-C", "Maëlle's key", *options], check=True)
    return file


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.mark.parametrize(
    "options",
    [
        ("-t", "ed25519", "-N", ""),
        ("-t", "ed25519", "-N", "a passphrase"),
        ("-t", "rsa", "-b", "2048", "-N", ""),
        ("-t", "ecdsa", "-N", ""),
        ("-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM"),  # needs the .pub file
    ],
)
def test_the_public_half_of_a_file(tmp_path: Path, options: tuple[str, ...]) -> None:
    file = keygen(tmp_path, *options)
    said = file.with_name("key.pub").read_text()
    if "PEM" not in options:
        file.with_name("key.pub").unlink()

    assert public_key(file) == " ".join(said.split()[:2])


def test_a_fingerprint_is_sshs_own(tmp_path: Path) -> None:
    file = keygen(tmp_path, "-t", "ed25519", "-N", "")
    listed = subprocess.run(["ssh-keygen", "-lf", str(file)], capture_output=True, text=True, check=True)

    assert fingerprint(public_key(file) or "") == listed.stdout.split()[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n!!\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END OPENSSH PRIVATE KEY-----\n",
        "é",
    ],
)
def test_what_is_no_key_gives_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)

    assert public_key(file) is None
    assert public_key(tmp_path / "nothing") is None


def test_the_keys_that_a_connection_would_offer(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    file = keygen(tmp_path, "-t", "ed25519", "-N", "")
    usual = file.rename(tmp_path / ".ssh" / "id_ed25519")
    other = keygen(tmp_path, "-t", "ed25519", "-N", "")

    assert keys_at_hand("", tmp_path) == [public_key(usual)]
    assert keys_at_hand(str(other), tmp_path) == [public_key(other)]
    assert keys_at_hand(str(tmp_path / "nothing"), tmp_path) == []


def test_the_agents_keys_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = keygen(tmp_path, "-t", "ed25519", "-N", "")
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        agent.stdout.readline()  # it listens
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(file)], check=True)

        assert keys_at_hand("", tmp_path) == [public_key(file)]
        agent.terminate()
