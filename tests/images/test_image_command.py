"""The command line end to end, and the program of the rescue environment: nothing wrong ever exits 0."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import _cffi_backend
import nacl
import pytest
import zstandard

from officefleet.cli.app import run
from officefleet.errors import ExitCode
from officefleet.images import rescue_main, shipping
from officefleet.images.ed25519 import Signer
from officefleet.images.server import serving

HERE = Path(__file__).parent


@pytest.fixture
def desk(world, image, monkeypatch):
    """A user with a published image; options come from the environment."""
    world.publish(image)
    monkeypatch.setenv("OFFICEFLEET_STORE", str(world.store.root))
    monkeypatch.setenv("OFFICEFLEET_TRUST", str(world.trust_file))
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    return world


def image_command(*arguments: object) -> int:
    return run(["image", *map(str, arguments)])


def test_from_first_key_to_restored_disk(tmp_path, image, monkeypatch, capsys) -> None:
    monkeypatch.setenv("OFFICEFLEET_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("OFFICEFLEET_TRUST", str(tmp_path / "config" / "trust.json"))
    monkeypatch.setenv("OFFICEFLEET_LANG", "en")
    assert image_command("keys", "init", tmp_path / "keys") == 0
    (tmp_path / "disk.raw").write_bytes(image)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: poste\nsystem: windows\ndisk: {file: disk.raw, inspect: false, why_not_inspected: a test}\n"
        "preserved: [data]\nbill: [{name: LGO, version: '7'}]\n"
    )
    assert image_command("build", recipe, "--key", tmp_path / "keys" / "signing.pem", "--work", tmp_path) == 0
    for arguments in (["ls"], ["show", "poste"], ["verify"], ["scrub"], ["diff", "poste", "poste@1"]):
        assert image_command(*arguments) == 0
    out = capsys.readouterr().out
    assert "poste 1: right." in out
    assert "LGO 7" in out
    target = tmp_path / "disk"
    options = ["restore", "poste", target, "--initialise-preserved", "--json"]
    assert image_command(*options, "--create") == 0
    assert json.loads(capsys.readouterr().out)["already_right"] is False
    assert target.read_bytes() == image
    assert image_command(*options) == 0
    assert json.loads(capsys.readouterr().out)["already_right"] is True


def test_rotation_revokes_and_goes_on(desk, tmp_path, image, capsys) -> None:
    root = tmp_path / "root.pem"
    desk.root.save(root)
    rotated = ["keys", "rotate", root, "--revoke", desk.signer.id, "--add", tmp_path / "next.pem"]
    assert image_command(*rotated, "--new-root", tmp_path / "root2.pem") == 0
    assert image_command("verify") == ExitCode.FAILED
    assert "revoked" in capsys.readouterr().err
    assert image_command("keys", "rotate", root) == ExitCode.FAILED  # the old root no longer rules
    assert image_command("keys", "rotate", tmp_path / "root2.pem") == 0
    (tmp_path / "disk.raw").write_bytes(image)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: other\nsystem: other\ndisk: {file: disk.raw, inspect: false, why_not_inspected: a test}\n"
    )
    build = ["build", recipe, "--work", tmp_path, "--key"]
    assert image_command(*build, tmp_path / "next.pem") == 0
    desk.signer.save(tmp_path / "old.pem")
    assert image_command(*build, tmp_path / "old.pem") == ExitCode.FAILED
    assert image_command("keys", "show") == 0


def test_copies_there_and_back(desk, tmp_path, image, capsys) -> None:
    assert image_command("export", tmp_path / "removable") == 0
    assert image_command("export", tmp_path / "one.tar", "poste@1") == 0
    for number, origin in enumerate((tmp_path / "removable", tmp_path / "one.tar")):
        other = tmp_path / f"store{number}"
        assert image_command("export", other) == 0
        desk.store.create(other)
        (other / "index/poste/1.ofi").unlink()
        assert image_command("import", origin, "--store", other) == 0
        assert image_command("verify", "--store", other) == 0
    target = tmp_path / "disk"
    arguments = ["restore", "poste", target, "--create", "--initialise-preserved"]
    assert image_command(*arguments, "--store", tmp_path / "removable") == 0
    assert target.read_bytes() == image
    assert "proven on" in capsys.readouterr().out


def test_prune_keeps_what_is_asked(desk, capsys) -> None:
    desk.publish(desk.disk(50), 2)
    assert image_command("prune", "--keep", 1, "--dry-run") == 0
    assert desk.store.versions("poste") == [1, 2]
    assert image_command("prune", "--keep", 1) == 0
    assert desk.store.versions("poste") == [2]
    assert image_command("prune", "--keep", 0) == ExitCode.FAILED
    assert desk.store.versions("poste") == [2]
    assert "removed" in capsys.readouterr().out


def break_chunk(world) -> None:
    index = world.read(world.store.read_index("poste"))
    path = world.chunk_file(index, 1)
    path.write_bytes(path.read_bytes()[:-9])


def break_index(world) -> None:
    path = world.store.index_path("poste", 1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def break_signature(world) -> None:
    path = world.store.index_path("poste", 1)
    data = path.read_bytes()
    at = data.index(b'"signatures"') + 40
    path.write_bytes(data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])


def break_keys(world) -> None:
    (world.store.root / "keys.json").write_bytes(b"{}\n{}\n")


def lose_keys(world) -> None:
    (world.store.root / "keys.json").unlink()


def lose_trust(world) -> None:
    world.trust_file.unlink()


def expire(world) -> None:
    data = world.store.read_index("poste")
    index = replace(world.read(data), expires=world.now - 1)
    world.store.index_path("poste", 1).write_bytes(index.encode(world.signer))


def forge(world) -> None:
    index = world.read(world.store.read_index("poste"))
    world.store.index_path("poste", 1).write_bytes(index.encode(Signer.generate()))


def roll_back(world) -> None:
    world.trust.seen("poste", 2).save(world.trust_file)


def swap_names(world) -> None:
    """A signed index, served under another's name."""
    folder = world.store.root / "index"
    (folder / "caisse").mkdir()
    (folder / "caisse" / "1.ofi").write_bytes(world.store.read_index("poste"))
    (folder / "poste" / "1.ofi").unlink()
    (folder / "caisse").rename(folder / "poste2")
    (folder / "poste").rmdir()
    (folder / "poste2").rename(folder / "poste")
    index = world.read(world.store.read_index("poste"))
    other = replace(index, name="caisse").encode(world.signer)
    world.store.index_path("poste", 1).write_bytes(other)


@pytest.mark.parametrize(
    "damage",
    [
        break_chunk,
        break_index,
        break_signature,
        break_keys,
        lose_keys,
        lose_trust,
        expire,
        forge,
        roll_back,
        swap_names,
    ],
)
@pytest.mark.parametrize("way", ["folder", "http", "rescue"])
def test_nothing_wrong_exits_zero(desk, tmp_path, damage, way, capsys) -> None:
    damage(desk)
    target = tmp_path / "disk"
    with serving(desk.store.root) as server:
        store = desk.store.root if way == "folder" else server.url
        if way == "rescue":
            options = ["--store", str(store), "--image", "poste", "--trust", str(desk.trust_file)]
            code = rescue_main.main([*options, "--target", str(target), "--create", "--patience", "0"])
            last = json.loads(capsys.readouterr().out.splitlines()[-1])
            assert last["event"] == "error"
            assert last["message"]
        else:
            code = image_command("restore", "poste", target, "--create", "--store", store, "--patience", 0)
            assert "error:" in capsys.readouterr().err
    assert code == ExitCode.FAILED
    assert not target.exists() or not any(target.read_bytes()[:512])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["restore", "none", "disk", "--create"], ExitCode.FAILED),
        (["restore", "../poste", "disk", "--create"], ExitCode.FAILED),
        (["restore", "poste@7", "disk", "--create"], ExitCode.FAILED),
        (["restore", "poste@x", "disk", "--create"], ExitCode.USAGE),
        (["restore", "poste", "no-such-disk"], ExitCode.FAILED),
        (["restore", "poste", "/dev/null"], ExitCode.FAILED),
        (["restore", "poste", "."], ExitCode.FAILED),
        (["show", "none"], ExitCode.FAILED),
        (["ls", "--store", "/nonexistent"], ExitCode.FAILED),
        (["ls", "--store", "https://nas"], ExitCode.FAILED),
        (["keys", "trust", "abc"], ExitCode.USAGE),
        (["keys", "init", "k"], ExitCode.USAGE),
        (["import", "no-such-file"], ExitCode.FAILED),
        (["serve", "--host", "192.0.2.1"], ExitCode.FAILED),
    ],
)
@pytest.mark.usefixtures("desk")
def test_wrong_use(tmp_path, monkeypatch, arguments, code, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert image_command(*arguments) == code
    assert capsys.readouterr().err


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs the system's Python")
def test_the_program_of_the_rescue_environment(world, image, tmp_path) -> None:
    """One file; run by a Python that has neither pydantic nor this package, only zstandard and PyNaCl."""
    world.publish(image)
    program = tmp_path / "officefleet-restore"
    program.write_bytes(shipping.build_zipapp())
    assert program.read_bytes() == shipping.build_zipapp()
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for module in (nacl, zstandard):
        folder = Path(module.__file__).parent
        (libraries / folder.name).symlink_to(folder)
    (libraries / Path(_cffi_backend.__file__).name).symlink_to(_cffi_backend.__file__)
    target = tmp_path / "disk"
    with serving(world.store.root) as server:
        code = (
            f"import sys, runpy; sys.path.insert(0, {str(libraries)!r}); "
            f"sys.argv[0] = {str(program)!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        done = subprocess.run(
            [
                sys.executable, "-I", "-S", "-c",
                code,
                "--store", server.url, "--image", "poste", "--trust", str(world.trust_file),
                "--target", str(target), "--create", "--initialise-preserved",
            ],
            capture_output=True, text=True, check=False, cwd="/", env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["event"] == "restored"
    assert target.read_bytes() == image


def test_the_program_holds_all_that_it_imports() -> None:
    """Every module that the restore imports is in the zipapp, and no library but zstandard and the signature's."""
    code = (
        "import sys; import officefleet.images.rescue_main; "
        "print([n for n in sys.modules if n.startswith('officefleet.')]); "
        "print([n for n in ('pydantic', 'yaml', 'cyclopts', 'pyfastcdc') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, foreign = done.stdout.splitlines()
    names = {name.removeprefix("officefleet.").replace(".", "/") for name in eval(loaded)}  # noqa: S307  our own output
    assert names - {"images", "images/windows"} <= set(shipping.MODULES)
    assert eval(foreign) == []  # noqa: S307  our own output
