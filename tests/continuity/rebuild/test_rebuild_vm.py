"""Dead postes come back, in a real machine, whatever is cut or killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from officefleet.lab import machines
from officefleet.lab.lab import Lab
from officefleet.lab.topology import choose

ROOT = Path(__file__).parents[3]
POSTE, NAS = "o0421-comptoir-1", "o0421-nas-1"
pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.lab,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("lab"),
    pytest.mark.skipif(os.geteuid() != 0, reason="prepares disks by mounting them"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU"),
    pytest.mark.skipif(not Path("/usr/share/OVMF/OVMF_CODE_4M.fd").exists(), reason="no UEFI firmware"),
]


class Office:
    """The head office: runs commands in the lab's network."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.environment = {
            **os.environ, **lab.environment(), "OFFICEFLEET_CONTINUITY": str(folder / "continuity.sqlite"),
            "OFFICEFLEET_LEDGER": str(folder / "ledger.sqlite"), "OFFICEFLEET_LANG": "en", "COLUMNS": "200",
        }  # fmt: skip

    def start(self, *words: str, **changes: str) -> subprocess.Popen[str]:
        command = self.lab.command(
            [sys.executable, "-c", "from officefleet.cli.app import main; main()", *words]
        )
        return subprocess.Popen(
            command, cwd=ROOT, env={**self.environment, **changes}, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        with self.start(*words, **changes) as process:
            said, errors = process.communicate(timeout=900)
        return subprocess.CompletedProcess(words, process.returncode, said, errors)

    def ssh(self, script: str) -> str:
        """Return what a script prints on the poste's own system, as root."""
        where = self.lab.topology.hosts[POSTE].address
        known = self.environment["OFFICEFLEET_KNOWN_HOSTS"]
        command = ["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}",
                   "-i", str(self.lab.state.private_key), f"officefleet@{where}", f"sudo sh -c '{script}'"]  # fmt: skip
        done = subprocess.run(
            self.lab.command(command), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        return done.stdout.strip()

    def boots(self) -> bool:
        """Whether the firmware would find anything on the disk."""
        with machines.disk_of(self.lab.state, POSTE).open("rb") as disk:
            head = disk.read(4096)
        return head[510:512] == b"\x55\xaa" or b"EFI PART" in head

    def until(self, process: subprocess.Popen[str], reached) -> list[dict]:
        """Read a rebuild's events until one is what is waited for; return all of them."""
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if reached(events[-1]):
                break
        return events

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, list[dict], str]:
        said, errors = process.communicate(timeout=900)
        return process.returncode, [json.loads(line) for line in said.splitlines()], errors


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory):
    with Lab(f"vm-{os.getpid()}", choose([ROOT / "inventory"], ["officine_0421"], [POSTE])) as lab:
        office = Office(lab, tmp_path_factory.mktemp("office"))
        done = office("trust", "all", "-l", "officine_0421", "--fingerprints", str(lab.state.fingerprints))
        assert done.returncode == 0, done.stdout + done.stderr
        done = office("run", "playbooks/site.yml", "-l", "officine_0421")
        assert done.returncode == 0, done.stdout + done.stderr
        yield office


def restoring(share: float):
    """Whether the restore has written so much of the disk."""
    return lambda event: (
        event["event"] == "progress" and event["written"] and event["done"] > share * event["total"]
    )


def step(name: str, state: str):
    return lambda event: event["event"] == "step" and (event["step"], event["state"]) == (name, state)


def proven(office: Office) -> None:
    done = office("verify", POSTE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert office.ssh("hostname") == POSTE


def test_killed_at_every_step_the_same_command_ends_it(pharmacy) -> None:
    """A blank disk; kill -9 of the controller before, in and after each step."""
    pharmacy.lab.wipe(POSTE)
    pharmacy.lab.start(POSTE, rescue=True)
    options = ("--initialise-preserved", "--yes", "--json")
    for moment in (
        step("rescue", "begun"), step("restore", "begun"), restoring(0.1), restoring(0.4), step("restore", "done"),
        step("restart", "begun"), step("restart", "done"), step("role", "begun"), step("verify", "begun"),
    ):  # fmt: skip
        process = pharmacy.start("rebuild", POSTE, *options)
        events = pharmacy.until(process, moment)
        process.send_signal(signal.SIGKILL)
        pharmacy.finish(process)
        assert moment(events[-1]), events[-3:]
        if restoring(0.0)(events[-1]):
            assert not pharmacy.boots()

    code, events, errors = pharmacy.finish(pharmacy.start("rebuild", POSTE, *options))

    assert code == 0, errors
    assert events[0]["event"] == "resumed"
    assert events[-1]["event"] == "rebuilt"
    proven(pharmacy)
    found = pharmacy("incident", "search", "rebuilt", "--json")
    assert POSTE in found.stdout


def test_the_postes_power_is_cut_in_the_middle_of_the_restore(pharmacy) -> None:
    """Ransomware, then a power cut; what the data partition holds survives both."""
    assert pharmacy.ssh("echo ours >/srv/data/mine; sync; echo done") == "done"
    pharmacy.lab.encrypt(POSTE)
    pharmacy.lab.start(POSTE, rescue=True)
    process = pharmacy.start("rebuild", POSTE, "--yes", "--json")
    pharmacy.until(process, restoring(0.2))
    pharmacy.lab.kill(POSTE)
    assert not pharmacy.boots()
    pharmacy.lab.start(POSTE, rescue=True)

    code, events, errors = pharmacy.finish(process)  # the same command, still running

    if code:  # it gave up before the poste was back
        assert code == 4, errors
        code, events, errors = pharmacy.finish(pharmacy.start("rebuild", POSTE, "--yes", "--json"))
    assert code == 0, errors
    assert events[-1]["event"] == "rebuilt"
    proven(pharmacy)
    assert pharmacy.ssh("cat /srv/data/mine") == "ours"
    assert pharmacy.ssh("ls /LISEZ-MOI.txt 2>/dev/null") == ""


def test_the_nas_power_is_cut_and_another_controller_comes_along(pharmacy, tmp_path) -> None:
    pharmacy.lab.wipe(POSTE)
    pharmacy.lab.start(POSTE, rescue=True)
    options = ("--initialise-preserved", "--yes", "--json")
    process = pharmacy.start("rebuild", POSTE, *options)
    pharmacy.until(process, restoring(0.2))
    pharmacy.lab.kill(NAS)
    mine = pharmacy("rebuild", POSTE, *options)
    assert mine.returncode == 2
    assert "is being rebuilt by" in mine.stderr
    pharmacy.lab.start(NAS)
    elsewhere = pharmacy("rebuild", POSTE, *options, OFFICEFLEET_CONTINUITY=str(tmp_path / "other.sqlite"))
    assert elsewhere.returncode == 2, elsewhere.stdout + elsewhere.stderr
    assert "is being rebuilt by" in elsewhere.stderr

    code, events, errors = pharmacy.finish(process)

    if code:
        assert code == 2, errors
        code, events, errors = pharmacy.finish(pharmacy.start("rebuild", POSTE, *options))
    assert code == 0, errors
    assert events[-1]["event"] == "rebuilt"
    proven(pharmacy)


def test_ctrl_c_stops_and_the_same_command_goes_on(pharmacy) -> None:
    pharmacy.lab.encrypt(POSTE, everything=True)
    pharmacy.lab.start(POSTE, rescue=True)
    options = ("--initialise-preserved", "--yes", "--json")
    process = pharmacy.start("rebuild", POSTE, *options)
    pharmacy.until(process, restoring(0.1))
    threading.Timer(0.1, lambda: os.kill(process.pid, signal.SIGINT)).start()
    code, _events, errors = pharmacy.finish(process)
    assert code == 130, errors

    done = pharmacy("rebuild", POSTE, *options)

    assert done.returncode == 0, done.stderr
    proven(pharmacy)


def test_a_bios_boots_the_rescue_stick_too() -> None:
    """The machine comes up from the stick, shows the key known beforehand, and lists its disk."""
    topology = choose([ROOT / "inventory"], ["officine_0421"], [POSTE], "bios")
    with Lab(f"vm-bios-{os.getpid()}", topology) as lab:
        known = lab.state.folder / "rescue_hosts"
        keys = json.loads((lab.state.folder / "rescue-keys.json").read_text())
        line = next(word for word in json.dumps(keys).split('"') if word.startswith("ssh-ed25519 "))
        address = topology.hosts[POSTE].address
        known.write_text(f"{address} {line}\n")
        command = ["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}", "-i",
                   str(lab.state.private_key), f"root@{address}", "ls /sys/firmware/efi; lsblk -dno NAME"]  # fmt: skip
        done = subprocess.run(lab.command(command), capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["vda"], done.stderr
    assert not lab.state.folder.exists()
