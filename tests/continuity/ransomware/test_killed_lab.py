"""A recovery that is killed at every part goes on with ``--resume``, and nothing is lost.

The rebuild itself is played by a wipe of what a rebuild wipes: how that is killed is in tests/continuity/rebuild.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.continuity.conftest import Office

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("lab"),
]
POSTE, NAS = "o0421-comptoir-1", "o0421-nas-1"
KILLS = [  # after these tasks, one after the other
    "Open the record",
    "Nothing in or out but this controller",
    "Fetch",
    "Find the last clean backup",
    "Rebuild from the golden image",
    "The NAS forgets the machine's password",
    "And makes a new one",
    "Its server knows only that",
    "Nothing half restored is left",
    "Out of the backup, beside what is there",
    "It is whole",
    "Into their places",
    "What is in place needs no second copy",
]
FILL = """
mkdir -p /home/comptoir/delivrances
for i in $(seq 40); do seq 100000 100900 | sed "s/^/$i;boite;/" >/home/comptoir/delivrances/$i.csv; done
"""
ENCRYPT = """
find /home/comptoir/delivrances -type f | while read -r f; do
  head -c $(stat -c %s "$f") /dev/urandom >"$f.locked" && rm "$f"
done
"""
WIPE = (
    "officine-isolate --release; rm -rf /etc/officine/backup /home/comptoir/delivrances;"
    " mkdir -p /var/lib/officine/restored.part/home/comptoir; echo half >/var/lib/officine/restored.part/home/comptoir/half"
)
SUM = "cd /home/comptoir/delivrances && cat $(ls | sort -n) | sha256sum"


def good(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def kill_after(office: Office, words: list[str], task: str) -> None:
    """Run the recovery, and kill it and all its children when a task has ended."""
    command = [
        sys.executable,
        "-c",
        "from officefleet.cli.app import main; main()",
        *words,
        "--output",
        "json",
    ]
    with subprocess.Popen(
        office.lab.command(command), env=office._environment, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        seen: list[Any] = []
        for line in process.stdout:
            event = json.loads(line)
            seen.append((event["event"], event.get("task"), event.get("status")))
            if event["event"] == "task_finished" and str(event.get("task")).split(" : ")[-1] == task:
                os.killpg(process.pid, signal.SIGKILL)
                break
        else:
            raise AssertionError(f"{task} was never reached: {seen[-5:]}")
    assert process.returncode == -signal.SIGKILL


@pytest.fixture
def attacked(office: Office, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """What the data were, and how to recover."""
    good(office("run", "playbooks/backup.yml", "-l", f"{NAS},{POSTE}", seconds=300))
    office.ssh(POSTE, FILL)
    before = office.ssh(POSTE, SUM)
    good(office("backup", "run", POSTE, seconds=300))
    office.ssh(POSTE, ENCRYPT)
    office("backup", "run", POSTE, seconds=300)
    where = office.lab.topology.hosts[POSTE].address
    known = office._environment["OFFICEFLEET_KNOWN_HOSTS"]
    ssh = [
        "ssh", "-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}",
        "-i", str(office.lab.state.private_key), f"officefleet@{where}", f"sudo sh -c {shlex.quote(WIPE)}",
    ]  # fmt: skip
    command = tmp_path / "officefleet"
    real = Path(sys.executable).parent / "officefleet"
    command.write_text(
        f'#!/bin/sh\n[ "$1" = rebuild ] || exec {real} "$@"\nexec {shlex.join(ssh)}\n', encoding="utf-8"
    )
    command.chmod(0o755)
    yield before, [
        "run", "playbooks/ransomware-recovery.yml", "-e", f"attacked={POSTE}", "-l", f"{POSTE},localhost",
        "-e", f"officefleet_command={command}", "-e", f"ransomware_evidence_folder={tmp_path / 'evidence'}",
        "-e", f"report={tmp_path / 'cnil.html'}",
    ]  # fmt: skip
    office.ssh(POSTE, "officine-isolate --release; rm -rf /home/comptoir/delivrances")


def test_killed_at_every_part_it_goes_on(
    office: Office, attacked: tuple[str, list[str]], tmp_path: Path
) -> None:
    before, words = attacked
    for number, task in enumerate(KILLS):
        kill_after(office, [*words, *(["--resume"] if number else [])], task)

    good(office(*words, "--resume", seconds=300))

    assert office.ssh(POSTE, SUM) == before
    assert office.ssh(POSTE, "ls /home/comptoir/half /var/lib/officine/restored* 2>/dev/null") == ""
    assert "Pas encore fait" not in (tmp_path / "cnil.html").read_text(encoding="utf-8")
    with closing(sqlite3.connect(office.store)) as store:
        kinds = [row[0] for row in store.execute("SELECT kind FROM recovery_facts")]
        assert store.execute("SELECT count(*) FROM recoveries").fetchone() == (1,)
    assert kinds.count("clean") == 1
    assert kinds.index("restored") < kinds.index("proven")
