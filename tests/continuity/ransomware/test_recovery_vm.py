"""From an encrypted machine to a proven one: real QEMU machine, real restic, real NAS, one playbook."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

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
]
FILL = """
mkdir -p /home/comptoir/delivrances
for i in $(seq 40); do seq 100000 101800 | sed "s/^/$i;boite;/" >/home/comptoir/delivrances/$i.csv; done
"""
ENCRYPT = """
find /home/comptoir -type f | while read -r f; do
  head -c $(stat -c %s "$f") /dev/urandom >"$f.locked" && rm "$f"  # as good as encrypted with a key nobody has
done
for d in /home/comptoir /home/comptoir/delivrances /srv; do echo "payez" >$d/LISEZ-MOI.txt; done
"""
SUM = "cd /home/comptoir/delivrances && cat $(ls | sort -n) | sha256sum"


def good(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def pharmacy(head_office, tmp_path_factory):
    with Lab(f"rw-{os.getpid()}", choose([ROOT / "inventory"], ["officine_0421"], [POSTE])) as lab:
        office = head_office(lab, tmp_path_factory.mktemp("office"))
        good(office("trust", "all", "-l", "officine_0421", "--fingerprints", str(lab.state.fingerprints)))
        good(office("run", "playbooks/site.yml", "-l", "officine_0421", seconds=300))
        good(office("run", "playbooks/backup.yml", "-l", f"{NAS},{POSTE}", seconds=300))
        yield office


def facts(office) -> set[str]:
    if not office.store.exists():
        return set()
    with closing(sqlite3.connect(office.store)) as store:
        return {row[0] for row in store.execute("SELECT kind FROM recovery_facts")}


def start_from_stick_when_asked(office, given_up: threading.Event) -> None:
    """What a person does once the clean backup is found: power off, rescue stick in, power on."""
    while "clean" not in facts(office):
        if given_up.wait(0.5):
            return
    office.lab.kill(POSTE)
    office.lab.start(POSTE, rescue=True)


def test_a_poste_that_ransomware_encrypted_is_back_with_its_data_and_a_report(pharmacy, tmp_path) -> None:
    office = pharmacy
    office.ssh(POSTE, FILL)
    before = office.ssh(POSTE, SUM)
    for _time in range(2):
        good(office("backup", "run", POSTE, seconds=300))
    office.ssh(POSTE, ENCRYPT)
    assert office.ssh(POSTE, "ls /home/comptoir/delivrances | grep -vc locked") == "1"  # the note
    office("backup", "run", POSTE, seconds=300)  # the timer does not know better

    done_waiting = threading.Event()
    person = threading.Thread(target=start_from_stick_when_asked, args=(office, done_waiting))
    person.start()
    begun = time.monotonic()
    try:
        recovered = office(
            "run", "playbooks/ransomware-recovery.yml", "-e", f"attacked={POSTE}", "-l", f"{POSTE},localhost",
            "-e", f"officefleet_command={Path(sys.executable).parent / 'officefleet'}",
            "-e", f"ransomware_evidence_folder={tmp_path / 'evidence'}", "-e", f"report={tmp_path / 'cnil.html'}",
            seconds=1500,
        )  # fmt: skip
    finally:
        done_waiting.set()
        person.join()
    good(recovered)
    sys.stdout.write(f"encrypted to proven in {time.monotonic() - begun:.0f} s\n")

    assert office.ssh(POSTE, SUM) == before
    assert office.ssh(POSTE, "ls /home/comptoir/LISEZ-MOI.txt 2>&1 | grep -c 'No such'") == "1"
    assert facts(office) >= {
        "isolated",
        "evidence",
        "judged",
        "clean",
        "rebuilt",
        "restored",
        "rotated",
        "proven",
    }
    assert "proven" in good(office("verify", POSTE))
    page = (tmp_path / "cnil.html").read_text()
    assert "chiffrée" in page
    assert "Pas encore fait" not in page
    assert list((tmp_path / "evidence" / POSTE).iterdir())
    good(office("backup", "run", POSTE, seconds=300))  # with the new password
