"""Whose keys real hosts let in, and whose name the record bears."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from officefleet.access.keys import fingerprint, public_key

if TYPE_CHECKING:
    from tests.continuity.conftest import Office

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300), pytest.mark.xdist_group("lab")]
ROOT = Path(__file__).parents[2]
POSTE = "o0421-comptoir-1"


def new_key(file: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return public_key(file) or ""


@pytest.fixture
def fleet(office: Office, tmp_path: Path) -> Path:
    """A copy of the shipped fleet whose people are the lab's key, a titulaire and another pharmacy's."""
    root = tmp_path / "fleet"
    shutil.copytree(ROOT / "inventory", root / "inventory")
    for name in ("playbooks", "roles"):
        (root / name).symlink_to(ROOT / name)
    add(root / "inventory/fleet.yml", lambda data: data["groupements"][0].__setitem__(
        "people", [{"id": "ines", "name": "Inès", "keys": [public_key(office.lab.state.private_key)]}]))  # fmt: skip
    for number, name in (("0421", "maelle"), ("0422", "anne")):
        person = {"id": name, "name": name, "role": "titulaire", "keys": [new_key(tmp_path / name)]}
        file = root / f"inventory/officines/officine_{number}/pharmacy.yml"
        add(file, lambda data, person=person: data.__setitem__("people", [person]))
    return root


def add(file: Path, change) -> None:
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(data)
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def test_a_titulaires_key_works_in_their_own_pharmacy_only(
    office: Office, fleet: Path, tmp_path: Path
) -> None:
    inventory = ("-i", str(fleet / "inventory"))
    site = (str(fleet / "playbooks/site.yml"), "-l", "officine_0421", *inventory)
    pushed = office("run", *site)
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr

    refused = office("run", *site, "--private-key", str(tmp_path / "anne"))
    assert refused.returncode == 1
    assert "officine_0421 does not list whoever has the key SHA256:" in refused.stderr
    bare = office("run", *site, "-i", f"{POSTE},", "--private-key", str(tmp_path / "anne"))
    assert bare.returncode != 0  # an inventory without people does not help: the machine refuses the key

    own = office("run", *site, "--private-key", str(tmp_path / "maelle"))
    assert own.returncode == 0, own.stdout + own.stderr
    assert "changed=0" in own.stdout
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as ledger:
        users = [row[0] for row in ledger.execute("SELECT user FROM runs ORDER BY started")]
    key = fingerprint(public_key(tmp_path / "maelle") or "")
    assert users[-1] == f"maelle ({key})"
    assert users[0].startswith("ines (SHA256:")
    assert key in office.ssh(POSTE, "journalctl -u ssh -o cat --no-pager")  # the machine's own log agrees

    proven = office("verify", "officine_0421", *inventory)
    assert proven.returncode == 0, proven.stdout + proven.stderr
