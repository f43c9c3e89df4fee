"""Fleets whose machines are this computer under several names; a command line with a state folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from officefleet.cli.app import run

ROOT = Path(__file__).parents[2]
NEVER_OPEN, ALWAYS_OPEN = "off", "24/7"
BLOCKED = (  # GALSS exists on Windows only: the catalogue's rule galss-needs-windows
    "{name: vitale, kind: vitale_reader, product: KAP-LINK, usb: '2947:0101', mode: galss, com: 3, port: usb-1}"
)
MAIN = "from officefleet.cli.app import main; main()"


@dataclass
class Fleet:
    """A fleet's folder, and one with what its machines write."""

    folder: Path
    sources: Path = field(init=False)

    def __post_init__(self) -> None:
        self.sources = self.folder / "inventory"
        self.sources.mkdir()
        (self.sources / "fleet.yml").write_text("name: Essai\n")

    def with_catalog(self) -> Fleet:
        shutil.copytree(ROOT / "inventory" / "catalog", self.sources / "catalog")
        return self

    def add(
        self,
        number: int,
        *,
        hours: str = NEVER_OPEN,
        postcode: str = "35500",
        machines: int = 1,
        blocked: tuple[int, ...] = (),
        unreachable: tuple[int, ...] = (),
        windows: tuple[int, ...] = (),
        garde: str = "[]",
    ) -> str:
        """Add a pharmacy; `blocked`, `unreachable` and `windows` are numbers of its machines, from 1."""
        parts = []
        for one in range(1, machines + 1):
            system = (
                '{family: windows, version: "11 24H2", build: 26100, revision: 6584}'
                if one in windows
                else '{family: debian, version: "12"}'
            )
            reader = "{name: cps, kind: cps_reader, product: GemPC Twin, usb: '08e6:3437', mode: pcsc, driver: ms-usbccid}"
            things = BLOCKED if one in blocked else reader if one in windows else ""
            parts.append(
                f"  - name: o{number:04}-comptoir-{one}\n    kind: comptoir\n    os: {system}\n"
                f"    address: 127.0.0.1\n    peripherals: [{things}]\n"
                f"    connection: {'ssh' if one in unreachable else 'local'}\n"
                f"    port: {1 if one in unreachable else 22}\n"
            )
        name = f"officine_{number:04}"
        folder = self.sources / "officines" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pharmacy.yml").write_text(
            f"id: {name}\nname: Pharmacie {number}\naddress: {{street: rue, postcode: '{postcode}', city: Ville}}\n"
            f"region: Essai\nopening_hours: '{hours}'\ngarde: {garde}\nmachines:\n" + "".join(parts)
        )
        return name

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def play(self, body: str = "", name: str = "site.yml", hosts: str = "comptoir", head: str = "") -> Path:
        """Write a playbook whose machines leave their name in ``traces``."""
        (self.folder / "traces").mkdir(exist_ok=True)
        traces = self.folder / "traces"
        return self.write(
            name,
            f"- hosts: {hosts}\n  gather_facts: false\n{head}  tasks:\n{body}"
            f"    - name: Leave a trace\n      shell: echo done >> {traces}/{{{{ inventory_hostname }}}}\n",
        )

    def traces(self) -> dict[str, int]:
        """Return how often each machine has been played to the end."""
        return {
            one.name: len(one.read_text().splitlines()) for one in sorted((self.folder / "traces").iterdir())
        }


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class Cli:
    def __init__(self, fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
        self.fleet = fleet
        self._capsys = capsys

    def __call__(self, *words: str) -> Outcome:
        self._capsys.readouterr()
        code = run([*words, "-i", str(self.fleet.sources)])
        captured = self._capsys.readouterr()
        return Outcome(int(code), captured.out, captured.err)

    def status(self, *words: str) -> str:
        self._capsys.readouterr()
        assert run(["rollout", "status", *words]) == 0
        return self._capsys.readouterr().out

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *words, "-i", str(self.fleet.sources)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
            start_new_session=True,
        )


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


@pytest.fixture
def cli(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    for name in list(os.environ):
        if name.startswith(("ANSIBLE_", "OFFICEFLEET_")):
            monkeypatch.delenv(name)
    for name, value in {
        "OFFICEFLEET_LEDGER": str(fleet.folder / "state" / "ledger.sqlite"),
        "OFFICEFLEET_CONTINUITY": str(fleet.folder / "state" / "continuity.sqlite"),
        "XDG_CACHE_HOME": str(fleet.folder / "cache"),
        "XDG_CONFIG_HOME": str(fleet.folder / "config"),
        "OFFICEFLEET_LANG": "en",
        "COLUMNS": "300",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(fleet.folder)
    return Cli(fleet, capsys)
