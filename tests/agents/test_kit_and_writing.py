"""Children and atomic writing, on this machine."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents import files, kit, writing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_child_gets_input_environment_and_folder(tmp_path: Path) -> None:
    done = kit.run(
        ["sh", "-c", "cat; echo $A ${B-unset}; pwd; umask; echo err >&2; exit 3"],
        stdin="in\n",
        env={"A": 1, "B": None},
        cwd=str(tmp_path),
        umask=0o027,
    )
    assert (done.rc, done.out, done.err) == (3, f"in\n1 unset\n{tmp_path}\n0027\n", "err\n")


def test_output_that_is_no_text_survives() -> None:
    out = kit.run(["printf", r"\351\n"]).out
    assert out.encode("utf-8", "surrogateescape") == b"\xe9\n"


def test_a_shell_and_the_c_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert kit.run("echo $LC_ALL | tr a-z A-Z", shell="/bin/sh", parse=True).out == "C\n"  # noqa: S604  what is tested


def test_much_input_and_output_do_not_block() -> None:
    data = "x" * 3_000_000
    assert kit.run(["cat"], stdin=data).out == data


def test_a_child_that_does_not_read_its_input() -> None:
    assert kit.run(["true"], stdin="x" * 1_000_000).rc == 0


def test_output_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "MAX_OUTPUT", 1000)
    assert len(kit.run(["sh", "-c", "yes | head -c 100000"]).out) == 1000


def test_time_runs_out_for_the_whole_group(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(kit.Failed, match="timed out") as caught:
        kit.run(["sh", "-c", f"echo begun; sleep 60 & echo $! > {tmp_path}/pid; wait"], timeout=0.5)
    assert time.monotonic() - began < 20
    assert caught.value.fields["stdout"] == "begun\n"
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and is_running(pid):
        os.sched_yield()
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:  # noqa: PTH123  gone at any moment
            return stream.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_grandchild_that_keeps_the_pipes_does_not_hold_us(tmp_path: Path) -> None:
    began = time.monotonic()
    done = kit.run(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; echo done"])
    os.kill(int((tmp_path / "pid").read_text()), 9)
    assert done.out == "done\n"
    assert time.monotonic() - began < 20


def test_a_long_child_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "_PROGRESS_EVERY", 0.0)
    lines: list[str] = []
    kit.run(["sh", "-c", "echo one; echo two"], emit=lines.append)
    assert "two" in lines


@pytest.mark.parametrize("command", [["/no/such/program"], ["/etc/passwd"]])
def test_a_program_that_cannot_be_run(command: list[str]) -> None:
    with pytest.raises(kit.Failed) as caught:
        kit.run(command)
    assert caught.value.fields["rc"] in {errno.ENOENT, errno.EACCES}


def test_programs_are_found() -> None:
    assert kit.which("sh") in {"/bin/sh", "/usr/bin/sh"}
    assert kit.which("/bin/sh") == "/bin/sh"
    assert kit.which("no-such-program") is None
    with pytest.raises(kit.Failed, match="no-such-program"):
        kit.need("no-such-program")


def test_writing_keeps_mode_and_owner(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o4751)
    os.chown(path, 7, 8)
    path.chmod(0o4751)
    writing.write_atomic(str(path), b"new")
    found = path.stat()
    assert (path.read_bytes(), stat.S_IMODE(found.st_mode)) == (b"new", 0o4751)
    assert (found.st_uid, found.st_gid) == (7, 8)


def test_a_new_file_obeys_the_umask_and_the_arguments(tmp_path: Path) -> None:
    writing.write_atomic(str(tmp_path / "a"), b"")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~files.umask()
    writing.write_atomic(str(tmp_path / "b"), source="/etc/passwd", mode=0o600, uid=7, gid=8)
    found = (tmp_path / "b").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o600, 7, 8)
    assert (tmp_path / "b").read_bytes() == files.read_bytes("/etc/passwd")


def test_a_dangling_link_is_written_through_or_replaced(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("target")
    writing.write_atomic(str(tmp_path / "l"), b"1")
    assert (tmp_path / "target").read_bytes() == b"1"
    writing.write_atomic(str(tmp_path / "l"), b"2", follow=False)
    assert not (tmp_path / "l").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"1"


def test_a_rename_that_is_refused_leaves_the_old_file_or_writes_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_names: Any) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    path = tmp_path / "x"
    path.write_text("old, and longer")
    inode = path.stat().st_ino
    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(kit.Failed, match="busy"):
        writing.write_atomic(str(path), b"new")
    assert path.read_text() == "old, and longer"
    writing.write_atomic(str(path), b"new", in_place=True)
    assert (path.read_text(), path.stat().st_ino) == ("new", inode)
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


def test_a_source_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(kit.Failed, match="cannot write"):
        writing.write_atomic(str(path), source="/no/such/source")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    with pytest.raises(kit.Failed, match="does not exist"):
        writing.write_atomic(str(tmp_path / "none" / "x"), b"")


def test_a_check_sees_the_new_file_and_may_refuse_it(tmp_path: Path) -> None:
    def refuse(temporary: str) -> None:
        assert files.read_bytes(temporary) == b"new"
        raise kit.Failed("no")

    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(kit.Failed, match="no"):
        writing.write_atomic(str(path), b"new", check=refuse)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
