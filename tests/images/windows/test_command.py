"""The way a user goes: capture, build, restore with an identity; and what goes wrong on it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from officefleet.cli.app import run
from officefleet.errors import ExitCode
from officefleet.images import rescue_main

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


@pytest.mark.usefixtures("poste")
def test_the_rescues_program_finds_the_windows_partition_by_itself(desk, disk, tmp_path, capsys) -> None:
    target = tmp_path / "restored"
    options = ["--store", desk.store.root, "--image", "poste", "--trust", desk.trust_file, "--create"]
    options += ["--target", target, "--identity", tmp_path / "identity.json"]
    assert rescue_main.main([str(one) for one in options]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "restored"
    assert b"o0421-compt-1" in type(disk)(target).cat("/Windows/Panther/unattend.xml")


def test_a_hive_that_waits_for_its_logs_leaves_the_disk_unbootable(
    desk, disk, windows, tmp_path, capsys
) -> None:
    with disk.mounted() as root:
        windows.write_hive(root / "Windows/System32/config/SYSTEM", sequences=(9, 8))
    desk.publish(disk.path.read_bytes(), preserved=(), system="windows")
    (tmp_path / "identity.json").write_text(windows.identity().to_json())
    target = tmp_path / "restored"
    code = image_command("restore", "poste", target, "--create", "--identity", tmp_path / "identity.json")
    assert code == ExitCode.FAILED
    assert "not closed by Windows" in capsys.readouterr().err
    assert target.read_bytes()[:512] == bytes(512)


def test_a_full_disk_while_building(desk, disk, windows, tmp_path, capsys) -> None:
    """The work folder fills up: no image, no loop device, no mount is left."""
    with disk.mounted() as root:
        boot = root / "Windows/Boot/EFI"
        boot.mkdir(parents=True)
        (boot / "bootmgfw.efi").write_bytes(b"MZ")
        (root / "Windows/System32/winload.efi").write_bytes(b"MZ")
        windows.write_hive(root / "Windows/System32/config/BCD-Template")
        (root / "big").write_bytes(bytes(range(256)) * 4096 * 16)
    assert image_command("capture", disk.path, tmp_path / "a.wim") == 0
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: full\nsystem: windows\nwim: {file: a.wim}\nwindows: {size: 120M, esp: 34M, recovery: 16M}\n"
    )
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], check=True)
    try:
        code = image_command("build", recipe, "--key", signing_key(desk, tmp_path), "--work", small)
        said = capsys.readouterr().err
    finally:
        subprocess.run(["umount", small], check=True)  # fails if a loop device still holds a file in it
    assert code == ExitCode.FAILED
    assert "failed" in said
    assert desk.store.versions("full") == []


def signing_key(desk, folder):
    file = folder / "signing.pem"
    desk.signer.save(file)
    return file
