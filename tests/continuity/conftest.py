"""A pharmacy of the shipped inventory, configured, on the lab's real hosts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from officefleet.continuity.database import open_store
from officefleet.continuity.journal import Journal

if TYPE_CHECKING:
    from officefleet.lab.lab import Lab


ROOT = Path(__file__).parents[2]
POSTE, OTHER, SPARE, NAS = "o0421-comptoir-1", "o0421-comptoir-2", "o0421-secours-1", "o0421-nas-1"


class Office:
    """The head office: runs commands in the lab's network."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.store = folder / "continuity.sqlite"
        self._environment = {
            **os.environ,
            **lab.environment(),
            "OFFICEFLEET_CONTINUITY": str(self.store),
            "OFFICEFLEET_LEDGER": str(folder / "ledger.sqlite"),
            "OFFICEFLEET_LANG": "en",
            "COLUMNS": "200",
        }

    def run(self, *words: str, text: str = "", seconds: float = 100) -> subprocess.CompletedProcess[str]:
        """Run a Python module or script of ours in the lab."""
        return subprocess.run(
            self.lab.command([sys.executable, *words]),
            cwd=ROOT,
            env=self._environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def __call__(self, *words: str, text: str = "", seconds: float = 100) -> subprocess.CompletedProcess[str]:
        """Run officefleet."""
        command = ("-c", "from officefleet.cli.app import main; main()", *words)
        return self.run(*command, text=text, seconds=seconds)

    def ssh(self, host: str, script: str) -> str:
        """Return what a script prints on a host, as root; "" when the host does not answer."""
        where = self.lab.topology.hosts[host].address
        known = self._environment["OFFICEFLEET_KNOWN_HOSTS"]
        options = (
            "-F",
            "none",
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=5",
            "-o",
            f"UserKnownHostsFile={known}",
        )
        key = ("-i", str(self.lab.state.private_key))
        command = ["ssh", *options, *key, f"officefleet@{where}", f"sudo sh -c '{script}'"]
        return subprocess.run(
            self.lab.command(command), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        ).stdout.strip()

    def await_own_place(self, poste: str) -> None:
        """Wait until a poste carries its own identity: one that was off asks the register within a minute."""
        deadline = time.monotonic() + 90
        while self.carriers(poste) != [poste]:
            assert time.monotonic() < deadline, f"{poste} does not get its place back: {self.carriers(poste)}"
            self.ssh(poste, "systemctl start officine-identity.service")
            time.sleep(0.2)  # between two looks

    def carriers(self, identity: str) -> list[str]:
        """Return the machines that carry an identity and are in service: never more than one."""
        asked = (POSTE, OTHER, SPARE)
        return [host for host in asked if self.ssh(host, "cat /run/officine/ok") == identity]


@pytest.fixture(scope="session")
def head_office() -> type[Office]:
    """Makes head offices for labs of other kinds."""
    return Office


@pytest.fixture(scope="session")
def configured_lab(lab, tmp_path_factory):
    if not lab.has_systemd:
        pytest.skip("the lab's hosts have no systemd without root")
    office = Office(lab, tmp_path_factory.mktemp("setup"))
    trusted = office("trust", "all", "-l", "officine_0421", "--fingerprints", str(lab.state.fingerprints))
    assert trusted.returncode == 0, trusted.stdout + trusted.stderr
    pushed = office("run", "playbooks/site.yml", "-l", "officine_0421")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    return lab


@pytest.fixture
def office(configured_lab, tmp_path):
    """The head office; afterwards every machine is on, in its own place, and configured."""
    found = Office(configured_lab, tmp_path)
    yield found
    off = [host for host in (POSTE, OTHER, SPARE, NAS) if host not in configured_lab.status().on]
    for host in off:
        configured_lab.start(host)
    store = open_store(found.store)
    for swap in Journal(store).active():
        undone = found("spare", "swap", swap.poste, "--undo", "--yes")
        assert undone.returncode == 0, undone.stdout + undone.stderr
    store.close()
    pushed = found("run", "playbooks/site.yml", "-l", "officine_0421")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    for poste in (POSTE, OTHER):
        found.await_own_place(poste)
