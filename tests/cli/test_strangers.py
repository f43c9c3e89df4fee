"""Every command that touches a pharmacy's machines asks first who types; the others are listed, with the reason."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.access import policy
from officefleet.access.action import Action
from officefleet.access.keys import public_key
from officefleet.cli.app import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App

    from tests.cli.conftest import Cli

ROOT = Path(__file__).parents[2]
POSTE, PHARMACY = "o0421-comptoir-1", "officine_0421"

GUARDED = [
    (f"aid {POSTE} -s muet", Action.LOOK),
    (f"backup run {PHARMACY}", Action.BACKUP),
    (f"backup audit {PHARMACY}", Action.LOOK),
    ("backup audit fleet", Action.LOOK),
    (f"backup drill {PHARMACY}", Action.BACKUP),
    (f"backup restore {POSTE} /srv/back", Action.RESTORE),
    (f"backup snapshots {POSTE}", Action.LOOK),
    (f"backup diff {POSTE} 0123abcd", Action.LOOK),
    (f"backup copy {PHARMACY}", Action.BACKUP),
    (f"backup prune {PHARMACY}", Action.RESTORE),
    (f"doctor {POSTE}", Action.LOOK),
    (f"drivers check {PHARMACY} --live", Action.LOOK),
    ("incident cure INCIDENT", Action.CURE),
    (f"ransomware open {POSTE}", Action.REBUILD),
    (f"ransomware evidence {POSTE} key.pub", Action.REBUILD),
    (f"ransomware note {POSTE} isolated", Action.REBUILD),
    (f"ransomware scan {POSTE}", Action.REBUILD),
    (f"ransomware report {POSTE} --output cnil.html", Action.REBUILD),
    (f"ransomware close {POSTE}", Action.REBUILD),
    (f"rebuild {POSTE} --yes", Action.REBUILD),
    (f"rebuild {POSTE} --resume", Action.REBUILD),
    (f"rebuild {POSTE} --abandon", Action.REBUILD),
    (f"rebuild {POSTE} --check", Action.LOOK),
    (f"rescue media {POSTE} --out stick.img --key key.pub", Action.REBUILD),
    (f"rescue arm {POSTE} --mac 52:54:00:00:00:01 --key key.pub", Action.REBUILD),
    (f"rollout playbooks/site.yml -l {PHARMACY}", Action.ROLLOUT),
    (f"run playbooks/site.yml -l {PHARMACY}", Action.PLAY),
    (f"run playbooks/ransomware-isolate.yml -e attacked={POSTE}", Action.PLAY),
    (f"spare status {PHARMACY}", Action.LOOK),
    (f"spare provision {PHARMACY}", Action.SWAP),
    (f"spare swap {POSTE} --yes", Action.SWAP),
    (f"spare swap {POSTE} --undo --yes", Action.SWAP),
    (f"spare swap-back {POSTE} --yes", Action.SWAP),
    (f"spare drill {PHARMACY}", Action.SWAP),
    (f"trust {PHARMACY} --yes", Action.LOOK),
    (f"verify {PHARMACY}", Action.LOOK),
]
UNGUARDED = {  # why nobody is asked for a key
    "contract": "this computer's own records",
    "doc": "text",
    "drivers explain": "inventory and catalogue only",
    "drivers key": "makes a key",
    "drivers package check": "files here",
    "drivers rules": "the catalogue",
    "drivers scan-test": "the scanner at this computer",
    "drivers sign": "files here; the key is the right",
    "drivers verify": "files here",
    "image": "images and stores; a signed image is worth what its key is",
    "incident add": "this computer's own binder",
    "incident export": "this computer's own binder",
    "incident import": "this computer's own binder",
    "incident key": "makes a key",
    "incident search": "this computer's own binder",
    "incident show": "this computer's own binder",
    "inventory": "files here",
    "lab": "machines of this computer that exist for trials",
    "ledger": "this computer's own records",
    "rescue armed": "lists a folder here",
    "rescue build": "Debian packages",
    "rescue disarm": "takes a start away, gives none",
    "rescue forget": "takes trust away, gives none",
    "rescue prepare": "files here",
    "rescue serve": "serves those that are armed, which `arm` guards",
    "rescue show": "files here",
    "rollout status": "this computer's own records",
    "validate": "files here",
    "vault": "files here; the password is the right",
}


def leaves(app: App, words: tuple[str, ...] = ()) -> Iterator[str]:
    for name in app:
        if not name.startswith("-"):
            found = app[name]
            if found.default_command:
                yield " ".join((*words, name))
            yield from leaves(found, (*words, name))


def test_every_command_is_decided() -> None:
    commands = set(leaves(build_app()))
    assert len(commands) > 80
    guarded = {name for name in commands if any(f"{words} ".startswith(f"{name} ") for words, _ in GUARDED)}
    free = {name for name in commands if any(f"{name} ".startswith(f"{known} ") for known in UNGUARDED)}
    assert commands - guarded - free == set()
    assert guarded & free == set()


@pytest.fixture
def stranger(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of somebody whom the groupement's list does not name."""
    for name in ("stranger", "ines"):
        file = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    shutil.copytree(ROOT / "inventory", cli.folder / "inventory")
    for name in ("playbooks", "roles"):
        (cli.folder / name).symlink_to(ROOT / name)
    fleet = cli.folder / "inventory/fleet.yml"
    data = yaml.safe_load(fleet.read_text(encoding="utf-8"))
    people = [{"id": "ines", "name": "Inès", "keys": [public_key(tmp_path / "ines")]}]
    for groupement in data["groupements"]:
        groupement["people"] = people
    fleet.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    cli.write("key.pub", (tmp_path / "stranger.pub").read_bytes())
    monkeypatch.setenv("OFFICEFLEET_PRIVATE_KEY", str(tmp_path / "stranger"))
    monkeypatch.setenv("OFFICEFLEET_CONTINUITY", str(tmp_path / "state" / "continuity.sqlite"))
    monkeypatch.setenv("OFFICEFLEET_KNOWN_HOSTS", str(tmp_path / "known_hosts"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return cli


@pytest.mark.parametrize(("words", "action"), GUARDED)
def test_a_stranger_is_refused_before_anything_is_touched(
    stranger: Cli, words: str, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "INCIDENT" in words:
        added = stranger("incident", "add", "muet", "--host", POSTE, "--playbook", "restart-card-readers.yml")
        words = words.replace("INCIDENT", added.out.split()[-1])
    asked: list[Action] = []
    touched: list[Any] = []
    real = policy.authorize

    def authorize(inventory: Any, pharmacies: Any, wanted: Action, *rest: Any) -> Any:
        asked.append(wanted)
        return real(inventory, pharmacies, wanted, *rest)

    monkeypatch.setattr(policy, "authorize", authorize)
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: touched.append(address))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _self, address: touched.append(address))
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda _self, *args, **_more: touched.append(args))

    refused = stranger(*words.split())

    assert (refused.code, asked, touched) == (1, [action], []), refused.out + refused.err
    assert "does not list whoever has the key SHA256:" in refused.err
    assert "Traceback" not in refused.err
    assert not (stranger.folder / "stick.img").exists()


def test_somebody_who_is_listed_gets_further(stranger: Cli, tmp_path: Path) -> None:
    opened = stranger("ransomware", "open", POSTE)
    assert opened.code == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFICEFLEET_PRIVATE_KEY", str(tmp_path / "ines"))
        opened = stranger("ransomware", "open", POSTE)
    assert opened.code == 0, opened.err
