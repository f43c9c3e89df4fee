"""git, subversion and pip with repositories and packages of this machine."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

WHO = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True, env=os.environ | WHO
    )
    return done.stdout.strip()


def commit(folder: Path, text: str) -> str:
    (folder / "file").write_text(text)
    git(folder, "add", "file")
    git(folder, "commit", "-qm", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "one")
    git(folder, "tag", "v1")
    git(folder, "checkout", "-q", "-b", "dev")
    commit(folder, "dev")
    git(folder, "checkout", "-q", "main")
    commit(folder, "two")
    return folder


def test_clone_follow_and_go_back(converge: Run, source: Path, tmp_path: Path) -> None:
    dest = tmp_path / "copy"
    args = {"repo": str(source), "dest": str(dest)}
    first = converge("git", args)
    assert (first["before"], first["after"]) == (None, git(source, "rev-parse", "main"))
    newer = commit(source, "three")
    assert converge("git", args)["after"] == newer
    assert converge("git", {**args, "version": "v1"})["after"] == git(source, "rev-parse", "v1")
    assert converge("git", {**args, "version": "dev"})["after"] == git(source, "rev-parse", "dev")
    assert git(dest, "branch", "--show-current") == "dev"
    assert converge("git", {**args, "version": newer})["after"] == newer
    assert (dest / "file").read_text() == "three"


def test_local_changes(run: Run, source: Path, tmp_path: Path) -> None:
    args = {"repo": str(source), "dest": str(tmp_path / "copy")}
    run("git", args)
    (tmp_path / "copy" / "file").write_text("mine")
    refused = run("git", args)
    assert refused["msg"].startswith("Local modifications exist in the destination")
    assert (tmp_path / "copy" / "file").read_text() == "mine"
    assert run("git", {**args, "force": True})["changed"]
    assert (tmp_path / "copy" / "file").read_text() == "two"


@pytest.mark.parametrize(
    "more",
    [{"depth": 1}, {"bare": True}, {"single_branch": True, "version": "dev"}, {"depth": 1, "version": "dev"}],
)
def test_ways_to_clone(converge: Run, source: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    args = {"repo": f"file://{source}", "dest": str(tmp_path / "copy"), **more}
    assert converge("git", args)["changed"]
    branch = more.get("version", "main")
    git(source, "checkout", "-q", branch)
    newer = commit(source, "newer")
    found = converge("git", args)
    assert found["after"] == newer


def test_a_separate_folder_and_an_archive(converge: Run, run: Run, source: Path, tmp_path: Path) -> None:
    args = {"repo": str(source), "dest": str(tmp_path / "copy")}
    converge("git", {**args, "separate_git_dir": str(tmp_path / "first.git")})
    moved = run("git", {**args, "separate_git_dir": str(tmp_path / "other.git")})
    assert (moved["git_dir_before"], moved["git_dir_now"]) == (
        str(tmp_path / "first.git"),
        str(tmp_path / "other.git"),
    )
    run("git", {**args, "archive": str(tmp_path / "a.zip"), "archive_prefix": "lgo/"})
    assert "lgo/file" in zipfile.ZipFile(tmp_path / "a.zip").namelist()


def test_what_git_refuses(run: Run, source: Path, tmp_path: Path) -> None:
    missing = run("git", {"repo": str(tmp_path / "none"), "dest": str(tmp_path / "copy")})
    assert missing["msg"].startswith("fatal: repository")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert (
        "not an empty directory" in run("git", {"repo": str(source), "dest": str(tmp_path / "full")})["msg"]
    )
    run("git", {"repo": str(source), "dest": str(tmp_path / "copy")})
    args = {"repo": str(source), "dest": str(tmp_path / "copy"), "version": "nothing"}
    assert run("git", args)["msg"].startswith("Failed to checkout nothing")


@pytest.mark.skipif(shutil.which("svnadmin") is None, reason="needs Subversion")
def test_subversion(converge: Run, run: Run, tmp_path: Path) -> None:
    def svn(*words: str) -> None:
        subprocess.run(["svn", "-q", *words], check=True, cwd=tmp_path)

    subprocess.run(["svnadmin", "create", "r"], check=True, cwd=tmp_path)
    url = f"file://{tmp_path}/r"
    svn("checkout", url, "work")
    (tmp_path / "work" / "file").write_text("one")
    svn("add", "work/file")
    svn("commit", "-m", "one", "work")
    args = {"repo": url, "dest": str(tmp_path / "copy")}
    first = converge("subversion", args, ignore={"before", "after"})
    assert first["after"] == ["Revision: 1", f"URL: {url}"]
    (tmp_path / "work" / "file").write_text("two")
    svn("commit", "-m", "two", "work")
    assert converge("subversion", args)["after"][0] == "Revision: 2"
    (tmp_path / "copy" / "file").write_text("mine")
    assert "modified files" in run("subversion", args)["msg"]
    assert run("subversion", {**args, "force": True})["changed"]
    assert (tmp_path / "copy" / "file").read_text() == "two"
    assert run("subversion", {"repo": url, "dest": str(tmp_path / "plain"), "export": True})["changed"]
    assert not (tmp_path / "plain" / ".svn").exists()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two versions of a package."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0"):
        info = f"ofone-{version}.dist-info"
        parts = {
            "ofone.py": "x = 1\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: ofone\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = f"{info}/RECORD,,\n"
        with zipfile.ZipFile(folder / f"ofone-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in parts.items():
                wheel.writestr(name, text)
                digest = (
                    base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
                )
                record += f"{name},sha256={digest},{len(text)}\n"
            wheel.writestr(f"{info}/RECORD", record)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


OUTPUT = {"stdout", "stderr", "stdout_lines", "stderr_lines"}


def test_pip(converge: Run, run: Run, wheels: Path, environment: Path, tmp_path: Path) -> None:
    where = f"--no-index --find-links {wheels}"
    args = {"virtualenv": str(environment), "extra_args": where}
    converge("pip", {**args, "name": "ofone", "version": "1.0"}, ignore=OUTPUT)
    assert run("pip", {**args, "name": "ofone>=1.0,<2"})["changed"] is False
    converge("pip", {**args, "name": "ofone", "state": "latest"}, ignore=OUTPUT)
    (tmp_path / "requirements.txt").write_text("ofone==1.0\n")
    converge("pip", {**args, "requirements": "requirements.txt", "chdir": str(tmp_path)}, ignore=OUTPUT)
    converge("pip", {**args, "name": f"file://{wheels}/ofone-2.0-py3-none-any.whl"}, ignore=OUTPUT)
    assert run("pip", {**args, "name": "ofone", "state": "forcereinstall"})["changed"]
    converge("pip", {"virtualenv": str(environment), "name": "ofone", "state": "absent"}, ignore=OUTPUT)
    refused = run("pip", {**args, "name": "officefleet-nothing"})
    assert refused["failed"]
    assert "No matching distribution" in refused["msg"]


def test_pip_makes_the_environment(run: Run, wheels: Path, tmp_path: Path) -> None:
    args = {
        "virtualenv": str(tmp_path / "venv"), "virtualenv_command": f"{sys.executable} -m venv", "name": "ofone",
        "extra_args": f"--no-index --find-links {wheels}",
    }  # fmt: skip
    assert run("pip", args, check=True)["changed"]
    assert not (tmp_path / "venv").exists()
    assert run("pip", args)["changed"]
    assert run("pip", args)["changed"] is False


def test_pip_with_wrong_versions(run: Run, environment: Path) -> None:
    args = {"virtualenv": str(environment), "version": "1"}
    assert "ambiguous" in run("pip", {**args, "name": ["a", "b"]})["msg"]
    assert "conflicts" in run("pip", {**args, "name": "a>1"})["msg"]
