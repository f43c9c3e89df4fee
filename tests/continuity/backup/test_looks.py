"""Real backups before and after a mock encryptor: the last clean one is found on the NAS."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from officefleet.continuity.backup.work import Snapshot, _time
from officefleet.continuity.ransomware.generations import generation_of, search
from officefleet.continuity.ransomware.signs import Sign, Verdict

HOST = "o0421-serveur-1"
NAMES = ("!ordonnances-2019.csv", "zz-fournisseurs.csv")


def encrypt(folder: Path, *, ending: str = ".locked", share: float = 1.0) -> None:
    """What ransomware does: from one end of the listing to the other, a new file in place of the old one."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    for one in files[: round(len(files) * share)]:
        stream = hashlib.shake_256(one.name.encode()).digest(one.stat().st_size)
        one.write_bytes(bytes(a ^ b for a, b in zip(one.read_bytes(), stream, strict=True)))
        if ending:
            one.rename(one.with_name(one.name + ending))


@pytest.fixture
def clean(world):
    """A server with text files and canaries, backed up twice."""
    for one in world.data.iterdir():
        one.unlink()
    for number in range(20):
        lines = (f"{number};{line};boite de 30;12,50\n" for line in range(600))
        (world.data / f"delivrances-{number:02}.csv").write_text("".join(lines))
        (world.data / f"scan-{number:02}.pdf").write_bytes(os.urandom(9000))
    planted = world.client("plant")["planted"]
    assert sorted(Path(one).name for one in planted) == sorted(NAMES)
    world.client("run")
    (world.data / "delivrances-03.csv").write_text("rewritten\n" * 1000)
    world.client("run")
    return world


def found(world):
    snapshots = [
        Snapshot(one["id"], _time(one["time"]), tuple(one["paths"]), one["original"])
        for one in world.nas("snapshots", "--host", HOST)["snapshots"]
    ]
    look = lambda one: generation_of(one, world.nas("look", "--host", HOST, "--snapshot", one.id))  # noqa: E731
    return snapshots, search(snapshots, look)


@pytest.mark.parametrize("manner", [{}, {"ending": "", "share": 0.4}])
def test_the_last_clean_backup_is_found(clean, manner):
    encrypt(clean.data, **manner)
    warned = clean.client("run")["warnings"]
    clean.client("run")

    snapshots, result = found(clean)

    assert [one["code"] for one in warned] == ["canary-changed"]
    assert len(snapshots) == 4
    assert result.clean == snapshots[1]
    assert {one.verdict for one in result.judged} == {Verdict.CLEAN, Verdict.ENCRYPTED}
    assert any(sign.sign is Sign.CANARY for one in result.judged for sign in one.findings)


def test_without_an_attack_the_newest_is_clean(clean):
    snapshots, result = found(clean)
    assert result.clean == snapshots[-1]
    assert clean.client("plant") == {"planted": []}


def test_a_changed_canary_is_no_longer_planted(clean):
    (clean.data / NAMES[0]).write_text("mine now")
    problem = clean.problem("client", "plant")
    assert problem["code"] == "canary-changed"
    assert (clean.data / NAMES[0]).read_text() == "mine now"
