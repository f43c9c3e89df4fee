"""Runs restic: secrets by file, never by argument; a server that refuses is not asked for a quarter of an hour."""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officine_backup.problem import BackupProblem, of_restic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOME_FILES_UNREADABLE = 3  # restic's own exit code of `backup`; the snapshot is made all the same
_RETRIES = 6  # restic itself goes on for 15 minutes: about 8 s of growing pauses
_PR_SET_PDEATHSIG = 1  # prctl(2)
_TAIL = 20_000  # characters of what it said that are kept


@dataclass(frozen=True)
class Repository:
    """Where a repository is and how it is opened.

    Attributes:
        location: a local folder, or None when `location_file` names a file with the address.
        user: account that restic runs as, "" for the caller's own: files of a NAS belong to its service.
        lock: False reads without writing a lock, where one of ours would be in the way of the service.

    """

    key_file: Path
    cache: Path
    location: Path | None = None
    location_file: Path | None = None
    certificate: Path | None = None
    user: str = ""
    lock: bool = True

    def environment(self) -> dict[str, str]:
        """Return restic's environment; nothing of the caller's own but the path."""
        found = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.cache),
            "LC_ALL": "C.UTF-8",
            "RESTIC_PASSWORD_FILE": str(self.key_file),
            "RESTIC_CACHE_DIR": str(self.cache),
            "RESTIC_PROGRESS_FPS": "0.2",
        }
        if self.location_file is not None:
            found["RESTIC_REPOSITORY_FILE"] = str(self.location_file)
        else:
            found["RESTIC_REPOSITORY"] = str(self.location)
        if "TMPDIR" in os.environ:
            found["TMPDIR"] = os.environ["TMPDIR"]
        return found


@dataclass
class Ran:
    """How a call went."""

    code: int
    out: str
    err: str


def run(
    repository: Repository,
    arguments: list[str],
    *,
    accept: tuple[int, ...] = (0,),
    environment: dict[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Ran:
    """Run restic to its end; Ctrl-C is passed on, so that it takes its lock away.

    Args:
        repository: the one it works on.
        arguments: without any secret.
        accept: exit codes that are no problem.
        environment: more variables.
        on_line: gets each line of the output instead of its being kept.

    Raises:
        BackupProblem: it failed.

    """
    command = ["restic"]
    if repository.certificate is not None:
        command += ["--cacert", str(repository.certificate)]
    if not repository.lock:
        command.append("--no-lock")
    process = subprocess.Popen(
        [*command, *arguments],
        env={**repository.environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # a Ctrl-C goes to us; we pass it on and wait
        preexec_fn=_end_with_us,  # noqa: PLW1509  one system call, which takes no lock
        **_account(repository.user),
    )
    words = _Listener(process)
    words.start()
    try:
        out = _read(process, on_line)
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        words.join()
    if words.gave_up:
        raise of_restic(words.text) if words.text else BackupProblem("nas-refuses")
    if code not in accept:
        raise of_restic(words.text or out)
    return Ran(code, out, words.text)


def lines(repository: Repository, arguments: list[str]) -> Iterator[dict[str, Any]]:
    """Yield restic's JSON lines, one after the other.

    Raises:
        BackupProblem: it failed.

    """
    found: list[dict[str, Any]] = []

    def take(line: str) -> None:
        try:
            value = json.loads(line)
        except ValueError:
            return
        if isinstance(value, dict):
            found.append(value)

    run(repository, arguments, on_line=take)
    yield from found


def snapshots(repository: Repository) -> list[dict[str, Any]]:
    """Return the snapshots, oldest first, as restic describes them."""
    found = json.loads(run(repository, ["snapshots", "--json", "--no-lock"]).out or "[]")
    return sorted(found or [], key=lambda one: str(one["time"]))


class _Listener(threading.Thread):
    """Reads what restic complains of; ends it when the server refuses again and again."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.text = ""
        self.gave_up = False
        self._process = process

    def run(self) -> None:
        """Read to the end."""
        retries = 0
        for line in self._process.stderr or ():
            self.text = (self.text + line)[-_TAIL:]
            retries += "retrying after" in line
            if retries >= _RETRIES and not self.gave_up:
                self.gave_up = True
                _end(self._process, wait=False)


def _read(process: subprocess.Popen[str], on_line: Callable[[str], None] | None) -> str:
    kept: list[str] = []
    for line in process.stdout or ():
        if on_line is None:
            kept.append(line)
        else:
            on_line(line)
    return "".join(kept)


def _end(process: subprocess.Popen[str], *, wait: bool = True) -> None:
    """End restic the way that lets it remove its lock; after that, the hard way."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(20 if wait else 5)
    except subprocess.TimeoutExpired:
        process.kill()
        if wait:
            process.wait()


def _end_with_us() -> None:
    """Let the kernel interrupt restic when we are killed: an orphan would go on, and die with its lock left behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def give(folder: Path, user: str) -> None:
    """Let the account that restic runs as write into a folder."""
    account = _account(user)
    if account:
        os.chown(folder, account["user"], account["group"])


def _account(user: str) -> dict[str, Any]:
    if not user or os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise BackupProblem("settings-wrong", path=user, reason="no such account") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "umask": 0o077}
