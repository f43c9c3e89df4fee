"""The command line in this process, in a folder, with a ledger and a cache of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from officefleet.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Cli:
    """Runs commands and writes files, in the test's folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        self._capsys.readouterr()
        code = run(arguments)
        captured = self._capsys.readouterr()
        return Outcome(int(code), captured.out, captured.err)

    def local(self, *arguments: str, hosts: str = "h1,h2,") -> Outcome:
        """Run playbooks on this machine under the names of several hosts."""
        return self("run", *arguments, "-i", hosts, "-c", "local")

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text, encoding="utf-8")
        return file

    def lines(self, name: str) -> list[str]:
        """Return a file's lines, [] when it is not there."""
        file = self.folder / name
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    for name in ("INVENTORY", "PRIVATE_KEY", "KNOWN_HOSTS"):
        monkeypatch.delenv(f"OFFICEFLEET_{name}", raising=False)
    for name in (
        "INVENTORY",
        "PRIVATE_KEY_FILE",
        "REMOTE_USER",
        "FORKS",
        "HOST_KEY_CHECKING",
        "CONFIG",
        "ROLES_PATH",
    ):
        monkeypatch.delenv(f"ANSIBLE_{name}", raising=False)
    monkeypatch.setenv("OFFICEFLEET_LEDGER", str(tmp_path / "state" / "ledger.sqlite"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    return monkeypatch.setenv


@pytest.fixture
def cli(
    environment: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    del environment
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Cli(folder, capsys)
