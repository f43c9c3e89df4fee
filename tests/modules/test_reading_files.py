"""stat, slurp, find, tempfile, fetch and assemble on real files."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.agents.kit import which
from officefleet.errors import ArgumentError, SecretError
from officefleet.modules.assemble.plan import join

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def test_stat_of_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("hi\n")
    path.chmod(0o4750)
    found = run("stat", {"path": str(path), "checksum_algorithm": "sha256"})["stat"]
    assert found["checksum"] == hashlib.sha256(b"hi\n").hexdigest()
    assert (found["mode"], found["isreg"], found["isuid"], found["isgid"]) == ("04750", True, True, False)
    assert (found["xusr"], found["wgrp"], found["roth"]) == (True, False, False)
    assert (found["pw_name"], found["size"], found["exists"]) == ("root", 3, True)
    assert found["mimetype"] in {"text/plain", "unknown"}


def test_stat_of_a_link_and_of_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("x")
    found = run("stat", {"path": f"{tmp_path}/l"})["stat"]
    assert (found["islnk"], found["lnk_target"], found["lnk_source"]) == (True, "x", f"{tmp_path}/x")
    assert run("stat", {"path": f"{tmp_path}/l", "follow": True})["stat"] == {"exists": False}
    assert run("stat", {"path": f"{tmp_path}/none"}) == {"changed": False, "stat": {"exists": False}}


@pytest.mark.skipif(which("lsattr") is None, reason="lsattr is not installed")
def test_stat_tells_the_flags_that_lsattr_tells(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    subprocess.run(["chattr", "+dA", f"{tmp_path}/x"], check=False, capture_output=True)
    done = subprocess.run(["lsattr", "-vd", f"{tmp_path}/x"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("the file system has no flags")
    version, letters = done.stdout.split()[:2]
    found = run("stat", {"path": f"{tmp_path}/x"})["stat"]
    assert set(found["attr_flags"]) == set(letters) - {"-"}
    assert found["version"] == version


def test_slurp(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\0\xff")
    result = run("slurp", {"src": f"{tmp_path}/x"}, check=True)
    assert base64.b64decode(result["content"]) == b"\0\xff"
    assert run("slurp", {"src": str(tmp_path)})["failed"]
    assert run("slurp", {"src": f"{tmp_path}/none"})["msg"] == f"file not found: {tmp_path}/none"
    assert run("slurp", {"src": f"{tmp_path}/none"}, check=True)["undecidable"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "a.log").write_text("first\nhello\n")
    (tmp_path / ".hidden.log").write_text("x")
    (tmp_path / "d" / "b.log").write_bytes(b"\xff" * 2048)
    (tmp_path / "d" / "e" / "c.txt").touch(mode=0o600)
    (tmp_path / "l.log").symlink_to("a.log")
    old = time.time() - 3 * 86400
    os.utime(tmp_path / "a.log", (old, old))
    return tmp_path


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({}, {"a.log"}),
        ({"hidden": True}, {"a.log", ".hidden.log"}),
        ({"recurse": True}, {"a.log", "b.log", "c.txt"}),
        ({"recurse": True, "depth": 2}, {"a.log", "b.log"}),
        ({"recurse": True, "patterns": "*.log"}, {"a.log", "b.log"}),
        ({"recurse": True, "patterns": "^[ab]", "use_regex": True, "excludes": "b"}, {"a.log"}),
        ({"recurse": True, "file_type": "directory"}, {"d", "e"}),
        ({"file_type": "any"}, {"a.log", "d", "l.log"}),
        ({"file_type": "link"}, {"l.log"}),
        ({"recurse": True, "age": "2d"}, {"a.log"}),
        ({"recurse": True, "age": "-2d"}, {"b.log", "c.txt"}),
        ({"recurse": True, "size": "2k"}, {"b.log"}),
        ({"recurse": True, "size": "-20"}, {"a.log", "c.txt"}),
        ({"recurse": True, "mode": "0600"}, {"c.txt"}),
        ({"recurse": True, "mode": "o=r", "exact_mode": False}, {"a.log", "b.log"}),
        ({"recurse": True, "contains": "hell"}, {"a.log"}),
        ({"recurse": True, "contains": "ello"}, set()),
        ({"recurse": True, "contains": "t\nhell", "read_whole_file": True}, {"a.log"}),
    ],
)
def test_find(run: Run, tree: Path, args: dict[str, Any], names: set[str]) -> None:
    result = run("find", {"paths": str(tree), **args})
    assert {Path(found["path"]).name for found in result["files"]} == names
    assert result["matched"] == len(names)


def test_find_tells_what_it_skipped(run: Run, tree: Path) -> None:
    result = run("find", {"paths": [str(tree), f"{tree}/none"], "get_checksum": True})
    assert list(result["skipped_paths"]) == [f"{tree}/none"]
    assert result["files"][0]["checksum"] == sha1(b"first\nhello\n")
    assert run("find", {"paths": str(tree), "limit": 1, "recurse": True})["matched"] == 1
    assert run("find", {"paths": str(tree), "age": "soon"})["msg"] == "failed to process age"


def test_tempfile(run: Run, tmp_path: Path) -> None:
    result = run("tempfile", {"path": str(tmp_path), "suffix": ".x"})
    path = Path(result["path"])
    assert (path.parent, path.suffix, result["mode"], result["state"]) == (tmp_path, ".x", "0600", "file")
    result = run("tempfile", {"path": str(tmp_path), "state": "directory"})
    assert stat.S_IMODE(Path(result["path"]).stat().st_mode) == 0o700
    before = sorted(tmp_path.iterdir())
    assert run("tempfile", {"path": str(tmp_path)}, check=True)["undecidable"]
    assert sorted(tmp_path.iterdir()) == before
    assert run("tempfile", {"path": f"{tmp_path}/none"})["failed"]


def test_fetch(converge: Run, tmp_path: Path) -> None:
    source = tmp_path / "host" / "x"
    source.parent.mkdir()
    source.write_bytes(b"\0secret")
    hidden = {"md5sum"}
    result = converge("fetch", {"src": str(source), "dest": f"{tmp_path}/got"}, ignore=hidden)
    path = Path(f"{tmp_path}/got/poste-1{source}")
    assert result["dest"] == str(path)
    assert path.read_bytes() == b"\0secret"
    assert path.stat().st_mode & 0o077 == 0
    assert result["checksum"] == result["remote_checksum"] == sha1(b"\0secret")
    assert not any(name.startswith("_") for name in result)
    converge("fetch", {"src": str(source), "dest": f"{tmp_path}/flat/", "flat": True}, ignore=hidden)
    converge("fetch", {"src": str(source), "dest": f"{tmp_path}/flat/y", "flat": True}, ignore=hidden)
    assert sorted(path.name for path in (tmp_path / "flat").iterdir()) == ["x", "y"]


def test_a_relative_destination_counts_from_the_playbook(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    result = run(
        "fetch",
        {"src": f"{tmp_path}/x", "dest": "got/", "flat": True},
        variables={"playbook_dir": str(tmp_path)},
    )
    assert result["dest"] == f"{tmp_path}/got/x"
    assert (tmp_path / "got" / "x").read_text() == "1"


def test_fetch_never_leaves_its_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    (tmp_path / "a").mkdir()
    result = run("fetch", {"src": f"{tmp_path}/a/../x", "dest": f"{tmp_path}/got"})
    assert result["dest"] == f"{tmp_path}/got/poste-1{tmp_path}/a/x"


def test_fetch_of_what_is_not_there(run: Run, tmp_path: Path) -> None:
    args = {"src": f"{tmp_path}/none", "dest": f"{tmp_path}/got", "flat": True}
    assert run("fetch", args)["failed"]
    assert run("fetch", args, check=True)["undecidable"]
    result = run("fetch", {**args, "fail_on_missing": False})
    assert (result["changed"], result["file"]) == (False, f"{tmp_path}/none")
    (tmp_path / "got").mkdir()
    with pytest.raises(ArgumentError):
        run("fetch", args)


def test_assemble(converge: Run, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    for name, content in (("2", b"\xe9"), ("1", b"a\n"), (".0", b"hidden"), ("skip.me", b"-")):
        (folder / name).write_bytes(content)
    (folder / "0").mkdir()
    args = {"src": str(folder), "dest": f"{tmp_path}/x", "regexp": "^.?\\d"}
    converge("assemble", {**args, "mode": "0600"})
    assert (tmp_path / "x").read_bytes() == b"hidden\na\n\xe9"
    converge("assemble", {**args, "ignore_hidden": True, "delimiter": "--", "backup": True})
    assert (tmp_path / "x").read_bytes() == b"a\n--\n\xe9"
    assert (
        run("assemble", {**args, "src": f"{tmp_path}/none"})["msg"]
        == f"Source ({tmp_path}/none) does not exist"
    )
    assert run("assemble", {**args, "src": f"{tmp_path}/none"}, check=True)["undecidable"]


def test_assemble_from_the_controller(converge: Run, modules: Any, tmp_path: Path) -> None:
    folder = modules.controller_folder / "files" / "parts"
    folder.mkdir(parents=True)
    (folder / "1").write_text("a")
    (folder / "2").write_text("b")
    converge("assemble", {"src": "parts", "dest": f"{tmp_path}/x", "remote_src": False})
    assert (tmp_path / "x").read_text() == "a\nb"
    (folder / "3").write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n")
    with pytest.raises(SecretError, match="encrypted"):
        modules.run("assemble", {"src": "parts", "dest": f"{tmp_path}/x", "remote_src": False})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fragments=st.lists(st.text("ab\n", max_size=4)), delimiter=st.none() | st.text("-\n", max_size=3))
def test_every_fragment_starts_a_line(fragments: list[str], delimiter: str | None) -> None:
    whole = join(fragments, delimiter)
    for fragment in fragments:
        assert "\n" + fragment in "\n" + whole
