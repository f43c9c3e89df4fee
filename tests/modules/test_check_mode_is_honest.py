"""For every module that changes files: check mode foretells the run, the run does it, and a second look finds nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmxXVkWLLG1LFBgMOJrZ1VnBcPhZEaOOWwfnYxhgQUQ"

TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "a new file": ("copy", {"content": "x", "dest": "{t}/new", "mode": "0600"}),
    "other content": ("copy", {"content": "x", "dest": "{t}/text", "owner": "daemon"}),
    "a mode in words": ("copy", {"content": "x", "dest": "{t}/text", "mode": "u=rw,g-r,o="}),
    "a file of the host": ("copy", {"src": "{t}/text", "dest": "{t}/b/", "remote_src": True, "mode": "preserve"}),
    "a tree of the host": ("copy", {"src": "{t}/tree/", "dest": "{t}/copied", "remote_src": True}),
    "a folder with parents": ("file", {"path": "{t}/a/b/c", "state": "directory", "mode": "0750"}),
    "a tree's modes": ("file", {"path": "{t}/tree", "recurse": True, "mode": "u=rwX,g=rX,o="}),
    "a link": ("file", {"path": "{t}/link", "src": "text", "state": "link"}),
    "a hard link": ("file", {"path": "{t}/hard", "src": "{t}/text", "state": "hard"}),
    "a tree that goes": ("file", {"path": "{t}/tree", "state": "absent"}),
    "a time": ("file", {"path": "{t}/text", "state": "touch", "access_time": "preserve", "modification_time": "202001010000.00"}),
    "a new line": ("lineinfile", {"path": "{t}/text", "line": "four"}),
    "a line in a new file": ("lineinfile", {"path": "{t}/lines", "line": "one", "create": True, "mode": "0640"}),
    "a line replaced": ("lineinfile", {"path": "{t}/text", "regexp": "^two", "line": "2", "backup": True}),
    "lines that go": ("lineinfile", {"path": "{t}/text", "regexp": "t", "state": "absent"}),
    "a block": ("blockinfile", {"path": "{t}/text", "block": "a\nb", "insertafter": "one"}),
    "a block in a new file": ("blockinfile", {"path": "{t}/block", "block": "a", "create": True}),
    "a replacement": ("replace", {"path": "{t}/text", "regexp": "^t", "replace": "T"}),
    "an option": ("ini_file", {"path": "{t}/ini", "section": "s", "option": "o", "value": "1", "mode": "0600"}),
    "fragments": ("assemble", {"src": "{t}/tree", "dest": "{t}/assembled", "delimiter": "--"}),
    "an archive": ("unarchive", {"src": "{t}/tree.tgz", "dest": "{t}/b", "remote_src": True}),
    "a part of an archive": ("unarchive", {"src": "{t}/tree.tgz", "dest": "{t}/b", "remote_src": True, "exclude": ["tree/in"]}),
    "a pack": ("archive", {"path": "{t}/tree", "dest": "{t}/pack.zip", "format": "zip"}),
    "a host's key": ("known_hosts", {"path": "{t}/known", "name": "nas.example", "key": "nas.example " + KEY}),
    "a crontab": ("cron", {"name": "job", "job": "true", "cron_file": "{t}/cron", "user": "root", "minute": "5"}),
    "a crontab's variable": ("cronvar", {"name": "MAILTO", "value": "x", "cron_file": "{t}/cron"}),
    "a user of a web server": ("htpasswd", {"path": "{t}/htpasswd", "name": "a", "password": "b", "hash_scheme": "ldap_sha1"}),
    "a repository": ("git", {"repo": "{t}/repository", "dest": "{t}/clone"}),
    "an older version": ("git", {"repo": "{t}/repository", "dest": "{t}/clone", "version": "v1"}),
}  # fmt: skip
UNTOLD = {
    "backup",
    "backup_file",
    "size",
    "archived",
    "expanded_paths",
    "expanded_exclude_paths",
    "missing",
    "dest_state",
    "diff",
}

ATTRIBUTES = {"uid", "gid", "owner", "group", "mode"}  # archive tells them of a file that is there


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "text").write_text("one\ntwo\nthree\n")
    (tmp_path / "b").mkdir()
    (tmp_path / "tree" / "in").mkdir(parents=True)
    (tmp_path / "tree" / "file").write_text("1")
    (tmp_path / "tree" / "in" / "deep").write_text("2")
    with tarfile.open(tmp_path / "tree.tgz", "w:gz") as archive:
        archive.add(tmp_path / "tree", "tree")
    if shutil.which("git"):
        who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        folder = tmp_path / "repository"
        for words in (
            ["init", "-q", "-b", "main", str(folder)],
            ["-C", str(folder), "commit", "-q", "--allow-empty", "-m", "1"],
            ["-C", str(folder), "tag", "v1"],
            ["-C", str(folder), "commit", "-q", "--allow-empty", "-m", "2"],
        ):
            subprocess.run(["git", *words], check=True, env=os.environ | who)
    return tmp_path


def filled(value: Any, place: Path) -> Any:
    if isinstance(value, str):
        return value.replace("{t}", str(place))
    if isinstance(value, list):
        return [filled(one, place) for one in value]
    return value


def everything(place: Path) -> dict[str, tuple[Any, ...]]:
    """Return what is in the folder: kind, mode, owner and content of each entry."""
    found = {}
    for path in sorted(place.rglob("*")):
        stat = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (
            stat.st_mode,
            stat.st_uid,
            stat.st_gid,
            stat.st_mtime_ns if path.is_file() else 0,
            content,
        )
    return found


@pytest.mark.parametrize("name", TASKS)
def test_check_run_check(converge: Run, run: Run, place: Path, name: str) -> None:
    module, args = TASKS[name]
    wanted = {key: filled(value, place) for key, value in args.items()}
    if module == "git" and not shutil.which("git"):
        pytest.skip("needs git")
    before = everything(place)
    foretold = run(module, wanted, check=True, diff=True)
    assert everything(place) == before, "check mode changed something"
    assert foretold["changed"] is True
    assert (
        converge(module, wanted, ignore=UNTOLD | (ATTRIBUTES if module == "archive" else set()))["changed"]
        is True
    )
