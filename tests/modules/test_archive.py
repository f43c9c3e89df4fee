from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

SIZES = {"size", "uid", "gid", "owner", "group", "mode"}  # of an archive that is not there yet


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "lgo"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.ini").write_text("[s]\n")
    (folder / "sub" / "b.log").write_text("x" * 1000)
    (folder / "sub" / "c.o").write_text("object")
    (folder / "link").symlink_to("a.ini")
    return folder


@pytest.mark.parametrize("form", ["gz", "bz2", "xz", "tar", "zip"])
def test_a_folder_becomes_an_archive(converge: Run, tree: Path, tmp_path: Path, form: str) -> None:
    dest = tmp_path / "out" / "lgo.x"
    dest.parent.mkdir()
    args = {"path": str(tree), "dest": str(dest), "format": form, "mode": "0600", "exclusion_patterns": "*.o"}
    result = converge("archive", args, ignore=SIZES)
    assert (result["dest_state"], result["arcroot"], result["missing"]) == ("archive", f"{tmp_path}/", [])
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    if form == "zip":
        with zipfile.ZipFile(dest) as archive:
            names = {name.rstrip("/") for name in archive.namelist()}
    else:
        with tarfile.open(dest) as archive:
            names = set(archive.getnames())
            assert archive.getmember("lgo/link").issym()
    assert names == {"lgo", "lgo/a.ini", "lgo/link", "lgo/sub", "lgo/sub/b.log"}
    (tree / "a.ini").write_text("[t]\n")
    converge("archive", args, ignore=SIZES)


def test_one_file_is_compressed(converge: Run, run: Run, tree: Path) -> None:
    path = tree / "a.ini"
    result = converge("archive", {"path": str(path)}, ignore=SIZES)
    assert (result["dest"], result["dest_state"]) == (f"{path}.gz", "compress")
    assert gzip.decompress((tree / "a.ini.gz").read_bytes()) == b"[s]\n"
    path.write_text("[t]\n")
    assert run("archive", {"path": str(path)})["changed"]
    converge("archive", {"path": str(path), "force_archive": True, "dest": f"{tree}/x.tgz"}, ignore=SIZES)
    with tarfile.open(tree / "x.tgz") as archive:
        assert archive.getnames() == ["a.ini"]


def test_patterns_exclusions_and_what_is_missing(converge: Run, tree: Path, tmp_path: Path) -> None:
    dest = tmp_path / "x.tgz"
    args = {
        "path": [f"{tree}/*.ini", f"{tree}/sub", f"{tree}/none"],
        "exclude_path": [f"{tree}/sub/*.o"],
        "dest": str(dest),
    }
    result = converge("archive", args, ignore=SIZES)
    assert (result["dest_state"], result["missing"]) == ("incomplete", [f"{tree}/none"])
    with tarfile.open(dest) as archive:
        assert archive.getnames() == ["a.ini", "sub", "sub/b.log"]


def test_what_was_packed_may_go(run: Run, tree: Path, tmp_path: Path) -> None:
    args = {"path": str(tree), "dest": f"{tmp_path}/x.tgz", "remove": True}
    assert run("archive", args, check=True)["changed"]
    assert tree.exists()
    assert run("archive", args)["changed"]
    assert not tree.exists()
    again = run("archive", args)
    assert (again["changed"], again["dest_state"]) == (False, "archive")


def test_an_archive_in_its_own_folder_does_not_hold_itself(converge: Run, tree: Path) -> None:
    converge("archive", {"path": str(tree), "dest": f"{tree}/self.tgz"}, ignore=SIZES)
    with tarfile.open(tree / "self.tgz") as archive:
        assert "lgo/self.tgz" not in archive.getnames()


def test_only_the_mode_changes(converge: Run, tree: Path, tmp_path: Path) -> None:
    args = {"path": str(tree), "dest": f"{tmp_path}/x.tgz"}
    converge("archive", args, ignore=SIZES)
    before = (tmp_path / "x.tgz").stat().st_ino
    result = converge("archive", {**args, "mode": "0600"}, ignore=SIZES)
    assert result["changed"]
    assert (tmp_path / "x.tgz").stat().st_ino == before


def test_destinations_that_cannot_be(run: Run, tree: Path, tmp_path: Path) -> None:
    assert "must specify 'dest'" in run("archive", {"path": f"{tree}/*"})["msg"]
    assert run("archive", {"path": str(tree), "dest": str(tmp_path)})["failed"]
    args = {"path": str(tree), "dest": f"{tmp_path}/none/x"}
    assert run("archive", args)["failed"]
    assert run("archive", args, check=True)["undecidable"]
