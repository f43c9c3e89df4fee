"""The file modules under ansible-core and under officefleet: same results, same files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from officefleet.engine.events import TaskFinished
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory

pytestmark = pytest.mark.differential
PLAYBOOK = Path(__file__).parent / "files" / "play.yml"
COMPARED = (
    "changed", "msg", "rc", "dest", "path", "state", "mode", "owner", "group", "uid", "gid", "size", "checksum",
    "md5sum", "found", "matched", "encoding", "content", "source", "file", "remote_checksum", "exit_status", "url",
    "handler", "name", "key", "hash_host", "status_code", "checksum_src", "checksum_dest", "expected_checksum",
)  # fmt: skip
OF_FAILURES = ("changed", "msg", "rc", "exit_status", "expected_checksum")
DIFFERENT = {  # where officefleet means to differ, with the fields that do
    # tells of a tree on the host what it tells of one from the controller
    "copy remote tree": {
        "md5sum", "checksum", "uid", "gid", "owner", "group", "mode", "state", "size", "dest",
    },
    # takes no second digest where nothing changes
    "copy remote again": {"md5sum"},
}  # fmt: skip
WITHOUT_DIFF = {  # officefleet shows more
    "copy tree", "copy tree inside", "copy remote", "copy remote tree", "assemble", "assemble again",
}  # fmt: skip


class Recorder:
    def __init__(self) -> None:
        self.results: dict[str, dict[str, Any]] = {}

    def handle(self, event: object) -> None:
        if isinstance(event, TaskFinished):
            self.results[event.task] = dict(event.result)


def inventory(folder: Path) -> Path:
    file = folder / "hosts.ini"
    file.write_text("h1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n")
    return file


def under_ansible(folder: Path) -> dict[str, dict[str, Any]]:
    log = folder.parent / "lines.jsonl"
    environment = {
        **os.environ,
        "LINES_FILE": str(log),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "lines",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_HOME": str(folder.parent / "ansible"),
        "LC_ALL": "C.UTF-8",
    }
    program = Path(sys.executable).parent / "ansible-playbook"
    command = [
        str(program),
        "--diff",
        "-i",
        str(inventory(folder.parent)),
        str(PLAYBOOK),
        "-e",
        f"out={folder}",
    ]
    subprocess.run(command, env=environment, capture_output=True, check=True, timeout=400)
    found = {}
    for text in log.read_text(encoding="utf-8").splitlines():
        line = json.loads(
            text
        )  # ansible-core takes "failed" and "skipped" out before a callback sees the result
        line["result"].update(failed=line["status"] == "ignored", skipped=line["status"] == "skipped")
        found[line["task"]] = line["result"]
    return found


def under_officefleet(folder: Path) -> dict[str, dict[str, Any]]:
    recorder = Recorder()
    hosts = load_inventory([inventory(folder.parent)])
    options = Options(extra_vars={"out": str(folder)}, diff=True)
    run_playbooks([PLAYBOOK], hosts, options, [recorder])
    return recorder.results


def compared(task: str, result: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what of a result must be the same, without the names of this run's folders."""
    names = OF_FAILURES if result.get("failed") else COMPARED
    kept = {name: result[name] for name in names if name in result and name not in DIFFERENT.get(task, ())}
    for name in ("failed", "skipped"):
        kept[name] = bool(result.get(name))
    if "stat" in result:
        volatile = {"atime", "mtime", "ctime", "inode", "version", "dev"}
        kept["stat"] = {name: value for name, value in result["stat"].items() if name not in volatile}
    if "files" in result:
        kept["files"] = sorted(one["path"] if isinstance(one, dict) else one for one in result["files"])
    if not result.get("failed") and task not in WITHOUT_DIFF:
        kept["contents"] = contents(result.get("diff") or [])
    changed: dict[str, Any] = json.loads(json.dumps(kept).replace(str(folder), "OUT"))
    return changed


def contents(diff: Any) -> list[tuple[Any, Any]]:
    """Return the texts before and after; attributes are compared by the result's own fields."""
    every = diff if isinstance(diff, list) else [diff]
    return [(one.get("before"), one.get("after")) for one in every if isinstance(one.get("after"), str)]


def tree(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Return {path: (kind and mode, owner, group, content or target)}."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = b"" if path.is_dir() else path.readlink() if path.is_symlink() else path.read_bytes()
        name = path.relative_to(folder).as_posix().replace(folder.parent.as_posix().lstrip("/"), "OUT")
        mode = stat.filemode(status.st_mode)
        if name.startswith(("fetched/", "flat/")):
            mode = mode[0]  # what is fetched is for its owner alone, with officefleet
        if path.name.endswith("~"):
            name = name.split(".")[0] + "~"  # a backup: the rest is process and time
        if path.suffix == ".tgz":
            content = b"an archive"
        found[name] = (mode, status.st_uid, status.st_gid, content)
    return found


@pytest.mark.timeout(500)
def test_the_file_modules_do_what_ansible_does(tmp_path: Path) -> None:
    for name in ("theirs", "ours__"):
        (tmp_path / name / "out" / "w").mkdir(parents=True)  # the same length, so that sizes agree
    folders = tmp_path / "theirs" / "out", tmp_path / "ours__" / "out"
    theirs, ours = under_ansible(folders[0]), under_officefleet(folders[1])
    assert list(ours) == list(theirs)
    expected = {task: compared(task, result, folders[0]) for task, result in theirs.items()}
    assert {task: compared(task, result, folders[1]) for task, result in ours.items()} == expected
    assert tree(folders[1]) == tree(folders[0])
