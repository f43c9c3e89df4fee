from __future__ import annotations

import io
import os
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents.kit import which
from officefleet.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]


def bits(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree" / "lgo"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "run").write_bytes(b"#!/bin/sh\n")
    (folder / "bin" / "run").chmod(0o755)
    (folder / "secret.ini").write_text("[s]\n")
    (folder / "secret.ini").chmod(0o600)
    (folder / "link").symlink_to("bin/run")
    os.link(folder / "secret.ini", folder / "same.ini")
    os.chown(folder / "secret.ini", 7, 8)
    return tmp_path / "tree"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    (tmp_path / "dest").mkdir()
    return tmp_path / "dest"


def pack(modules: Any, tree: Path, name: str, *options: str) -> None:
    folder = modules.controller_folder / "files"
    folder.mkdir(exist_ok=True)
    subprocess.run(["tar", *options, "-cf", f"{folder}/{name}", "-C", str(tree), "lgo"], check=True)


@pytest.mark.parametrize(
    ("name", "options", "handler"),
    [
        ("x.tar", [], "TarArchive"),
        ("x.tgz", ["-z"], "TgzArchive"),
        ("x.tar.xz", ["-J"], "TarXzArchive"),
        ("x.tar.bz2", ["-j"], "TarBzipArchive"),
        ("x.tar.zst", ["--zstd"], "TarZstdArchive"),
    ],
)
def test_tar(
    converge: Run, modules: Any, tree: Path, dest: Path, name: str, options: list[str], handler: str
) -> None:
    program = {"-J": "xz", "-j": "bzip2", "--zstd": "zstd"}.get("".join(options))
    if program is not None and which(program) is None:
        pytest.skip(f"{program} is not installed")
    pack(modules, tree, name, *options)
    args = {"src": name, "dest": str(dest), "list_files": True}
    result = converge("unarchive", args, ignore={"size", "diff"})
    assert result["handler"] == handler
    assert set(result["files"]) == {
        "lgo/",
        "lgo/bin/",
        "lgo/bin/run",
        "lgo/secret.ini",
        "lgo/same.ini",
        "lgo/link",
    }
    found = dest / "lgo"
    assert (bits(found / "bin" / "run"), bits(found / "secret.ini")) == (0o755, 0o600)
    assert (found / "secret.ini").owner() == "lp"
    assert (found / "secret.ini").samefile(found / "same.ini")
    assert (found / "link").readlink() == Path("bin/run")
    assert (found / "bin" / "run").stat().st_mtime == int((tree / "lgo" / "bin" / "run").stat().st_mtime)


def test_what_was_changed_on_the_host_is_put_right(
    converge: Run, modules: Any, tree: Path, dest: Path
) -> None:
    pack(modules, tree, "x.tar")
    converge("unarchive", {"src": "x.tar", "dest": str(dest)}, ignore={"size"})
    (dest / "lgo" / "bin" / "run").write_text("#!/bin/xx\n")
    (dest / "lgo" / "link").unlink()
    (dest / "lgo" / "link").write_text("no link")
    result = converge("unarchive", {"src": "x.tar", "dest": str(dest)}, ignore={"size"})
    assert set(result["diff"]["prepared"].split()) == {"lgo/link", "lgo/bin/run"}
    assert (dest / "lgo" / "bin" / "run").read_text() == "#!/bin/sh\n"


def test_owner_mode_and_choice_of_the_task(converge: Run, modules: Any, tree: Path, dest: Path) -> None:
    pack(modules, tree, "x.tar")
    args = {"src": "x.tar", "dest": str(dest), "owner": "mail", "mode": "u=rwX,go=", "include": ["lgo/bin*"]}
    converge("unarchive", args, ignore={"size", "mode"})
    assert not (dest / "lgo" / "secret.ini").exists()
    assert (bits(dest / "lgo" / "bin" / "run"), bits(dest / "lgo" / "bin")) == (0o700, 0o700)
    assert (dest / "lgo" / "bin" / "run").owner() == "mail"


def test_leading_folders_go(converge: Run, run: Run, modules: Any, tree: Path, dest: Path) -> None:
    pack(modules, tree, "x.tar")
    args = {"src": "x.tar", "dest": str(dest), "exclude": ["bin/*"], "extra_opts": ["--strip-components=1"]}
    converge("unarchive", args, ignore={"size"})
    assert sorted(path.name for path in dest.iterdir()) == ["bin", "link", "same.ini", "secret.ini"]
    assert run("unarchive", {**args, "extra_opts": ["--transform=s/a/b/"]})["failed"]


def test_newer_files_may_stay(converge: Run, modules: Any, tree: Path, dest: Path) -> None:
    pack(modules, tree, "x.tar")
    converge("unarchive", {"src": "x.tar", "dest": str(dest)}, ignore={"size"})
    (dest / "lgo" / "secret.ini").write_text("newer, longer")
    os.utime(dest / "lgo" / "secret.ini", (4e9, 4e9))
    result = converge("unarchive", {"src": "x.tar", "dest": str(dest), "keep_newer": True})
    assert result["changed"] is False


def test_zip(converge: Run, modules: Any, dest: Path) -> None:
    folder = modules.controller_folder / "files"
    folder.mkdir()
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("pilotes/", "")
        entry = zipfile.ZipInfo("pilotes\\cps.inf")  # as some Windows programs write it
        entry.create_system = 0
        archive.writestr(entry, "[Version]\r\n")
        entry = zipfile.ZipInfo("run.sh")
        entry.external_attr = (stat.S_IFREG | 0o750) << 16
        archive.writestr(entry, "#!/bin/sh\n")
    result = converge("unarchive", {"src": "x.zip", "dest": str(dest)}, ignore={"size"})
    assert result["handler"] == "ZipArchive"
    assert (dest / "pilotes" / "cps.inf").read_bytes() == b"[Version]\r\n"
    assert (bits(dest / "run.sh"), bits(dest / "pilotes" / "cps.inf")) == (0o750, 0o644)


def hostile(path: Path, *members: tuple[str, bytes, str]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            member.size = 4 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"evil") if member.size else None)


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", tarfile.REGTYPE, "")],
        [("a/../../evil", tarfile.REGTYPE, "")],
        [("out", tarfile.SYMTYPE, ".."), ("out/evil", tarfile.REGTYPE, "")],
        [("out", tarfile.SYMTYPE, "/tmp"), ("out/evil", tarfile.REGTYPE, "")],  # noqa: S108  never written
        [("hard", tarfile.LNKTYPE, "../victim")],
        [("null", tarfile.CHRTYPE, "")],
    ],
)
def test_an_archive_that_leads_out_is_refused_as_a_whole(
    run: Run, tmp_path: Path, dest: Path, members: list[Any]
) -> None:
    (tmp_path / "victim").write_text("mine")
    hostile(tmp_path / "x.tar", ("first", tarfile.REGTYPE, ""), *members)
    result = run("unarchive", {"src": f"{tmp_path}/x.tar", "dest": str(dest), "remote_src": True})
    assert result["failed"]
    assert "leads out" in result["msg"] or "device" in result["msg"]
    assert list(dest.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dest", "victim", "x.tar"]


def test_a_link_on_the_host_is_not_followed_out(run: Run, tmp_path: Path, dest: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (dest / "d").symlink_to(tmp_path / "elsewhere")
    hostile(tmp_path / "x.tar", ("d/evil", tarfile.REGTYPE, ""))
    assert run("unarchive", {"src": f"{tmp_path}/x.tar", "dest": str(dest), "remote_src": True})["failed"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_absolute_name_stays_below(run: Run, tmp_path: Path, dest: Path) -> None:
    hostile(tmp_path / "x.tar", ("/etc/motd", tarfile.REGTYPE, ""))
    run("unarchive", {"src": f"{tmp_path}/x.tar", "dest": str(dest), "remote_src": True})
    assert (dest / "etc" / "motd").read_bytes() == b"evil"


def test_what_is_missing_or_no_archive(run: Run, modules: Any, tmp_path: Path, dest: Path) -> None:
    args = {"src": f"{tmp_path}/x.tar", "dest": str(dest), "remote_src": True}
    assert run("unarchive", args)["msg"] == f"Source '{tmp_path}/x.tar' does not exist"
    assert run("unarchive", args, check=True)["undecidable"]
    (tmp_path / "x.tar").write_text("no archive")
    assert "Failed to find handler" in run("unarchive", args)["msg"]
    assert run("unarchive", {**args, "dest": f"{tmp_path}/none"})["failed"]
    assert run("unarchive", {**args, "creates": str(dest)})["skipped"]
    (modules.controller_folder / "x").write_text("$ANSIBLE_VAULT;1.1;AES256\n")
    with pytest.raises(SecretError, match="encrypted"):
        run("unarchive", {"src": "x", "dest": str(dest)})


def test_a_damaged_archive_fails(run: Run, modules: Any, tree: Path, dest: Path, tmp_path: Path) -> None:
    pack(modules, tree, "x.tgz", "-z")
    data = (modules.controller_folder / "files" / "x.tgz").read_bytes()
    (tmp_path / "x.tgz").write_bytes(data[: len(data) // 2])
    result = run("unarchive", {"src": f"{tmp_path}/x.tgz", "dest": str(dest), "remote_src": True})
    assert result["failed"]
    assert list(dest.iterdir()) == []
