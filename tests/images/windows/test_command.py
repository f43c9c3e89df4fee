"""The way a user goes: capture, build, restore with an identity; and what goes wrong on it."""

from __future__ import annotations

import json
import shutil

import pytest

from officefleet.cli.app import run
from officefleet.errors import ExitCode

if shutil.which("wimlib-imagex") is None:
    pytest.skip("needs wimtools", allow_module_level=True)


def image_command(*arguments: object) -> int:
    return run(["image", *map(str, arguments)])


@pytest.fixture
def desk(world, monkeypatch):
    monkeypatch.setenv("OFFICEFLEET_STORE", str(world.store.root))
    monkeypatch.setenv("OFFICEFLEET_TRUST", str(world.trust_file))
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    return world


@pytest.fixture
def poste(desk, disk, windows, tmp_path):
    """A published whole-disk image and the file of an identity."""
    index = desk.publish(disk.path.read_bytes(), preserved=(), system="windows")
    (tmp_path / "identity.json").write_text(windows.identity().to_json())
    return index


@pytest.mark.usefixtures("poste")
def test_a_whole_disk_is_restored_with_its_identity(disk, tmp_path, capsys) -> None:
    target = tmp_path / "restored"
    who = ["--identity", tmp_path / "identity.json"]
    assert image_command("restore", "poste", target, "--create", *who) == 0
    restored = type(disk)(target)
    assert b"o0421-compt-1" in restored.cat("/Windows/Panther/unattend.xml")
    assert image_command("identity", "poste", target, tmp_path / "identity.json") == 0
    said = capsys.readouterr()
    assert "o0421-compt-1 now. Professional 19045.6456" in said.out
    assert "PRIVATE KEY" not in said.out + said.err
    # The next image finds it changed where the identity is, and only there.
    assert image_command("restore", "poste", target, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert 0 < report["written"] < target.stat().st_size // 2


@pytest.mark.usefixtures("poste")
def test_what_goes_wrong_leaves_no_bootable_half(desk, windows, tmp_path, capsys) -> None:
    target = tmp_path / "restored"
    (tmp_path / "linux.json").write_text(json.dumps({"hostname": "x"}))
    assert image_command("restore", "poste", target, "--create", "--identity", tmp_path / "linux.json") != 0
    assert not target.exists()
    assert (
        image_command("restore", "poste", target, "--create", "--identity", tmp_path / "none.json")
        == ExitCode.USAGE
    )
    assert not target.exists()
    desk.publish(desk.disk(), version=2)  # a Linux image
    identity = tmp_path / "identity.json"
    assert image_command("restore", "poste", target, "--create", "--identity", identity) == ExitCode.FAILED
    assert "the identity is for windows" in capsys.readouterr().err
    assert target.read_bytes()[:512] == bytes(512)
    assert image_command("identity", "poste@1", tmp_path / "no-disk", identity) == ExitCode.FAILED
    assert windows.PUBLIC not in capsys.readouterr().err


def test_capture(disk, tmp_path, capsys) -> None:
    assert image_command("capture", disk.path, tmp_path / "a.wim") == 0
    assert "image 1 poste" in capsys.readouterr().out
    for arguments in (
        [disk.path, tmp_path / "a.wim"],  # exists
        [disk.path, tmp_path / "b.wim", "--partition", 2],
        [tmp_path / "none", tmp_path / "b.wim"],
    ):
        assert image_command("capture", *arguments) != 0
    with disk.mounted() as root:
        (root / "hiberfil.sys").write_bytes(b"hibr" + bytes(8192))
    assert image_command("capture", disk.path, tmp_path / "b.wim") == ExitCode.FAILED
    assert "hibernated" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.glob("*.wim*")) == ["a.wim"]
