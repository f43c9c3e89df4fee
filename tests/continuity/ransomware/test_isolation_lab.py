"""A machine of the lab is cut off, and gives evidence."""

from __future__ import annotations

import hashlib
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300), pytest.mark.xdist_group("lab")]
POSTE, OTHER, NAS = "o0421-comptoir-1", "o0421-comptoir-2", "o0421-nas-1"
REACHES = 'timeout 3 bash -c "exec 3<>/dev/tcp/{address}/{port}" 2>&1 && echo yes || echo no'


def reaches(office, host, other, port=22):
    address = office.lab.topology.hosts[other].address
    return office.ssh(host, REACHES.format(address=address, port=port)).splitlines()[-1] == "yes"


def test_an_attacked_poste_is_cut_off_and_gives_evidence(office, tmp_path: Path) -> None:
    office.ssh(
        POSTE, "mkdir -p /srv/a /srv/b /srv/c; for f in a b c; do echo pay >/srv/$f/LISEZ-MOI.txt; done"
    )
    assert reaches(office, POSTE, NAS)
    attacked = ("run", "playbooks/ransomware-isolate.yml", "-e", f"attacked={POSTE}",
                "-e", f"ransomware_evidence_folder={tmp_path / 'evidence'}")  # fmt: skip
    try:
        done = office(*attacked)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not reaches(office, POSTE, NAS)
        assert not reaches(office, POSTE, OTHER)
        assert not reaches(office, NAS, POSTE)
        assert office.ssh(POSTE, "officine-isolate --state") != "open"

        [archive] = (tmp_path / "evidence" / POSTE).iterdir()
        with tarfile.open(archive) as tar:
            names = tar.getnames()
            assert {"processes.txt", "sockets.txt", "journal.txt", "executables.txt", "recent.jsonl"} <= set(
                names
            )
            assert b"sshd" in tar.extractfile("processes.txt").read()
            assert any(name.endswith("/LISEZ-MOI.txt") for name in names)
        opened = office("ransomware", "open", POSTE, "--discovered", "2026-11-03T08:10")
        assert opened.returncode == 0, opened.stdout + opened.stderr
        written = office("ransomware", "evidence", POSTE, str(archive))
        assert written.stdout.split()[0] == hashlib.sha256(archive.read_bytes()).hexdigest()
        told = office("ransomware", "report", POSTE, "--output", str(tmp_path / "cnil.html"))
        assert "to be sent before 06/11/2026 08:10" in told.stdout
        assert archive.name in (tmp_path / "cnil.html").read_text()

        again = office(*attacked)
        assert again.returncode == 0, again.stdout + again.stderr
    finally:
        office.ssh(POSTE, "officine-isolate --release; rm -r /srv/a /srv/b /srv/c")
    assert reaches(office, POSTE, NAS)
    assert reaches(office, OTHER, POSTE)
