from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.errors import ArgumentError, SecretError

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def bits(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def source(modules: Any) -> Path:
    folder: Path = modules.controller_folder
    (folder / "files" / "app" / "sub").mkdir(parents=True)
    (folder / "files" / "motd").write_text("hi\n")
    (folder / "files" / "app" / "x").write_text("1\n")
    (folder / "files" / "app" / "sub" / "y").write_bytes(b"\0\xff")
    (folder / "files" / "app" / "link").symlink_to("x")
    return folder / "files"


def test_a_new_file(converge: Run, source: Path, tmp_path: Path) -> None:
    dest = tmp_path / "motd"
    result = converge("copy", {"src": "motd", "dest": str(dest), "mode": "0640"})
    assert dest.read_text() == "hi\n"
    assert bits(dest) == 0o640
    assert result["checksum"] == "55ca6286e3e4f4fba5d0448333fa99fc5a404a73"
    assert result["md5sum"] == "764efa883dda1e11db47671c4a3bbd9e"
    assert result["diff"] == [{"before": "", "after_header": str(source / "motd"), "after": "hi\n"}]
    assert result["size"] == 3


@pytest.mark.usefixtures("source")
def test_nothing_but_the_file_is_left_in_the_folder(converge: Run, tmp_path: Path) -> None:
    converge("copy", {"src": "motd", "dest": f"{tmp_path}/"})
    assert names(tmp_path) == ["motd"]


@pytest.mark.usefixtures("source")
def test_a_folder_that_is_missing_is_made_for_a_slash(converge: Run, tmp_path: Path) -> None:
    result = converge("copy", {"src": "motd", "dest": f"{tmp_path}/a/b/", "directory_mode": "0700"})
    assert result["dest"] == f"{tmp_path}/a/b/motd"
    assert bits(tmp_path / "a") == bits(tmp_path / "a" / "b") == 0o700


@pytest.mark.usefixtures("source")
def test_a_folder_that_is_missing_fails_without_a_slash(run: Run, tmp_path: Path) -> None:
    result = run("copy", {"src": "motd", "dest": f"{tmp_path}/a/motd"})
    assert result["msg"] == f"Destination directory {tmp_path}/a does not exist"
    assert run("copy", {"src": "motd", "dest": f"{tmp_path}/a/motd"}, check=True)["undecidable"]


def test_backup_keeps_the_old_content(converge: Run, tmp_path: Path) -> None:
    dest = tmp_path / "motd"
    dest.write_text("old")
    dest.chmod(0o600)
    result = converge("copy", {"content": "new", "dest": str(dest), "backup": True})
    assert Path(result["backup_file"]).read_text() == "old"
    assert bits(dest) == 0o600


def test_a_validation_that_refuses_leaves_the_old_content(run: Run, tmp_path: Path) -> None:
    dest = tmp_path / "motd"
    dest.write_text("old")
    args = {"content": "new", "dest": str(dest), "validate": "grep -q old %s", "backup": True}
    result = run("copy", args)
    assert (result["failed"], result["msg"], result["exit_status"]) == (True, "failed to validate", 1)
    assert dest.read_text() == "old"
    assert names(tmp_path) == ["motd"]


def test_a_link_is_replaced_or_followed(converge: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("x")
    link.symlink_to("target")
    converge("copy", {"content": "y", "dest": str(link), "follow": True})
    assert link.is_symlink()
    assert target.read_text() == "y"
    converge("copy", {"content": "z", "dest": str(link)})
    assert not link.is_symlink()
    assert target.read_text() == "y"


@pytest.mark.usefixtures("source")
def test_a_tree_with_and_without_its_own_name(converge: Run, tmp_path: Path) -> None:
    result = converge("copy", {"src": "app", "dest": str(tmp_path / "one"), "mode": "0600"})
    assert result["dest"] == f"{tmp_path}/one/"
    assert (tmp_path / "one" / "app" / "sub" / "y").read_bytes() == b"\0\xff"
    assert bits(tmp_path / "one" / "app" / "x") == 0o600
    assert not (tmp_path / "one" / "app" / "link").is_symlink()
    converge("copy", {"src": "app/", "dest": str(tmp_path / "two"), "local_follow": False})
    assert (tmp_path / "two" / "link").readlink() == Path("x")
    assert (tmp_path / "two" / "sub" / "y").exists()


def test_a_tree_of_the_host_keeps_its_modes(converge: Run, tmp_path: Path) -> None:
    (tmp_path / "from" / "d").mkdir(parents=True, mode=0o750)
    (tmp_path / "from" / "d" / "x").write_text("1")
    (tmp_path / "from" / "d" / "x").chmod(0o4711)
    converge("copy", {"src": f"{tmp_path}/from/", "dest": str(tmp_path / "to"), "remote_src": True})
    assert bits(tmp_path / "to" / "d" / "x") == 0o4711
    assert bits(tmp_path / "to" / "d") == 0o750


def test_a_file_of_the_host(converge: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").chmod(0o600)
    result = converge("copy", {"src": f"{tmp_path}/a", "dest": f"{tmp_path}/b", "remote_src": True})
    assert result["src"] == f"{tmp_path}/a"
    assert bits(tmp_path / "b") == 0o644
    converge(
        "copy", {"src": f"{tmp_path}/a", "dest": f"{tmp_path}/b", "remote_src": True, "mode": "preserve"}
    )
    assert bits(tmp_path / "b") == 0o600
    missing = run("copy", {"src": f"{tmp_path}/no", "dest": f"{tmp_path}/b", "remote_src": True})
    assert missing["msg"] == f"Source {tmp_path}/no not found"


def test_owner_and_set_id_bits(converge: Run, tmp_path: Path) -> None:
    dest = tmp_path / "x"
    result = converge(
        "copy", {"content": "x", "dest": str(dest), "owner": "lp", "group": "mail", "mode": "4755"}
    )
    assert (dest.owner(), dest.group(), bits(dest)) == ("lp", "mail", 0o4755)
    assert (result["owner"], result["group"], result["mode"]) == ("lp", "mail", "04755")


def test_an_unknown_owner_fails_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    args = {"content": "x", "dest": str(tmp_path / "x"), "owner": "nobody-at-all"}
    assert run("copy", args)["msg"] == "chown failed: failed to look up user nobody-at-all"
    assert run("copy", args, check=True)["undecidable"]
    assert names(tmp_path) == []


def test_binary_content_is_not_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\0")
    (diff,) = run("copy", {"content": "x", "dest": f"{tmp_path}/x"}, diff=True, check=True)["diff"]
    assert diff["dst_binary"] == 1
    assert "before" not in diff


@pytest.mark.parametrize("args", [{}, {"src": "motd", "content": "x"}])
@pytest.mark.usefixtures("source")
def test_source_and_content_exclude_each_other(run: Run, tmp_path: Path, args: dict[str, str]) -> None:
    with pytest.raises(ArgumentError):
        run("copy", {"dest": f"{tmp_path}/x", **args})


def test_an_encrypted_source_never_reaches_the_host_by_itself(run: Run, source: Path, tmp_path: Path) -> None:
    (source / "secret").write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n")
    with pytest.raises(SecretError, match="encrypted"):
        run("copy", {"src": "secret", "dest": f"{tmp_path}/x"})
    assert run("copy", {"src": "secret", "dest": f"{tmp_path}/x", "decrypt": False})["changed"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.none() | st.text(),
    after=st.text(),
    old=st.sampled_from([0o600, 0o644, 0o4755]),
    mode=st.none() | st.sampled_from(["0644", "u=rw,go=", "+x", "g+s", "preserve"]),
)
def test_any_content_converges(
    converge: Run, tmp_path: Path, before: str | None, after: str, old: int, mode: str | None
) -> None:
    dest = tmp_path / "x"
    dest.unlink(missing_ok=True)
    if before is not None:
        dest.write_text(before, newline="")
        dest.chmod(old)
    if mode == "preserve":
        mode = None
    result = converge("copy", {"content": after, "dest": str(dest), "mode": mode})
    assert dest.read_bytes() == after.encode()
    assert result["mode"] == f"0{bits(dest):03o}"
