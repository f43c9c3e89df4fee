from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.agents import files, modes
from officefleet.agents.kit import Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]

FOLDER_SIZE = {"size"}  # of a new folder: only its file system knows it


def bits(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_folders_come_with_their_parents(converge: Run, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    args = {"path": str(path), "state": "directory", "mode": "0750", "owner": "lp"}
    result = converge("file", args, ignore=FOLDER_SIZE)
    assert bits(path) == bits(tmp_path / "a") == 0o750
    assert path.owner() == "lp"
    assert result["size"] == path.stat().st_size
    assert result["state"] == "directory"


def test_a_folder_inherits_the_group_of_a_set_group_id_parent(converge: Run, tmp_path: Path) -> None:
    files_group = files.find_gid("mail")
    tmp_path.chmod(0o2755)
    subprocess.run(["chgrp", "mail", str(tmp_path)], check=True)
    tmp_path.chmod(0o2755)
    result = converge("file", {"path": f"{tmp_path}/x", "state": "touch", **PRESERVED})
    assert result["gid"] == files_group


PRESERVED = {"access_time": "preserve", "modification_time": "preserve"}


def test_removal_of_all_kinds(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "f").touch()
    (tmp_path / "l").symlink_to("d")
    converge("file", {"path": f"{tmp_path}/l", "state": "absent"})
    assert (tmp_path / "d").exists()
    result = converge("file", {"path": f"{tmp_path}/d/", "state": "absent"})
    assert not (tmp_path / "d").exists()
    assert result["diff"]["before"]["path_content"] == {
        "directories": [f"{tmp_path}/d/e"],
        "files": [f"{tmp_path}/d/f"],
    }


def test_recursion_leaves_links_alone(converge: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch(mode=0o644)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "f").touch(mode=0o600)
    (tree / "d").mkdir(mode=0o700)
    (tree / "l").symlink_to(outside)
    converge("file", {"path": str(tree), "recurse": True, "mode": "u=rwX,g=rX,o=", "owner": "lp"})
    assert (bits(tree / "f"), bits(tree / "d"), bits(outside)) == (0o640, 0o750, 0o644)
    assert outside.owner() == "root"
    assert (tree / "f").owner() == "lp"


def test_links(converge: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    (tmp_path / "y").write_text("2")
    link = tmp_path / "l"
    converge("file", {"path": str(link), "src": "x", "state": "link"})
    converge("file", {"path": str(link), "src": "y", "state": "link", "mode": "0600"})
    assert link.readlink() == Path("y")
    assert bits(tmp_path / "y") == 0o600
    assert run("file", {"path": str(link), "src": "z", "state": "link"})["failed"]
    converge("file", {"path": str(link), "src": "z", "state": "link", "force": True})
    assert link.readlink() == Path("z")
    converge("file", {"path": f"{tmp_path}/x", "src": "y", "state": "link", "force": True})
    assert (tmp_path / "x").is_symlink()


def test_a_link_owns_itself_without_follow(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    args = {"path": f"{tmp_path}/l", "src": "x", "state": "link", "follow": False, "owner": "lp"}
    converge("file", args)
    assert (tmp_path / "l").lstat().st_uid == files.find_uid("lp")
    assert (tmp_path / "x").owner() == "root"


def test_a_live_link_stands_for_its_target(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "x").touch(mode=0o644)
    (tmp_path / "l").symlink_to("x")
    result = converge("file", {"path": f"{tmp_path}/l", "mode": "0600", "state": "file"})
    assert result["path"] == f"{tmp_path}/x"
    assert bits(tmp_path / "x") == 0o600


def test_hard_links(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    (tmp_path / "y").write_text("22")
    converge("file", {"path": f"{tmp_path}/l", "src": f"{tmp_path}/x", "state": "hard"})
    result = converge(
        "file", {"path": f"{tmp_path}/l", "src": f"{tmp_path}/y", "state": "hard", "force": True}
    )
    assert (tmp_path / "l").samefile(tmp_path / "y")
    assert (result["state"], result["size"]) == ("hard", 2)


def test_touch_changes_always_unless_times_are_preserved(run: Run, converge: Run, tmp_path: Path) -> None:
    args = {"path": f"{tmp_path}/x", "state": "touch", "mode": "0600"}
    assert run("file", args)["changed"]
    assert run("file", args)["changed"]
    converge("file", {**args, **PRESERVED})
    assert bits(tmp_path / "x") == 0o600


def test_times(converge: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    args = {
        "path": f"{tmp_path}/x",
        "state": "file",
        "modification_time": "20200101",
        "access_time": "20210101",
    }
    formats = {"modification_time_format": "%Y%m%d", "access_time_format": "%Y%m%d"}
    converge("file", {**args, **formats})
    found = (tmp_path / "x").stat()
    assert found.st_atime - found.st_mtime == 366 * 86400
    assert "timestamp" in run("file", {**args, "modification_time": "never"})["msg"]


def test_what_check_mode_cannot_know(run: Run, tmp_path: Path) -> None:
    assert run("file", {"path": f"{tmp_path}/x", "mode": "0600"}, check=True)["undecidable"]
    assert run("file", {"path": f"{tmp_path}/x", "mode": "0600"})["failed"]
    assert run("file", {"path": f"{tmp_path}/d/x", "state": "touch"}, check=True)["undecidable"]
    assert run("file", {"path": f"{tmp_path}/l", "src": "x", "state": "link"}, check=True)["undecidable"]


def test_a_part_of_the_path_that_is_a_file_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    result = run("file", {"path": f"{tmp_path}/x/y", "state": "directory"})
    assert result["msg"] == f"{tmp_path}/x already exists as a file"


clauses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "u", "g", "o", "a", "ug", "go", "uo"]),
    st.sampled_from("+-="),
    st.one_of(
        st.lists(st.sampled_from("rwxXst"), unique=True, max_size=4).map("".join), st.sampled_from("ugo")
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mode=st.lists(clauses, min_size=1, max_size=3).map(",".join), old=st.integers(0, 0o7777))
def test_symbolic_modes_are_those_of_chmod(tmp_path: Path, mode: str, old: int) -> None:
    path = tmp_path / "x"
    path.touch()
    path.chmod(old)
    subprocess.run(["chmod", "--", mode, str(path)], check=False, capture_output=True)
    assert modes.wanted_mode(mode, old, mask=files.umask()) == bits(path)


@pytest.mark.parametrize(
    ("mode", "found"), [("0644", 0o644), ("1777", 0o1777), (420, 0o644), (None, 0o600), ("7", 0o7)]
)
def test_modes(mode: str | int | None, found: int) -> None:
    assert modes.wanted_mode(mode, 0o600) == found


@pytest.mark.parametrize("mode", ["", "rw", "u~x", "10000", "u+q", 0o10000, "0o644"])
def test_modes_that_are_none(mode: str | int) -> None:
    with pytest.raises(Failed, match="octal or symbolic"):
        modes.wanted_mode(mode, 0o600)
