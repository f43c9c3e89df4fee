"""A lock is held by one process, and by none once that has died."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from officefleet.durable.lock import FileLock, is_locked
from officefleet.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from officefleet.durable.lock import FileLock
from officefleet.errors import RunError
with FileLock(Path(sys.argv[1]), RunError("busy")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "one.lock"
    assert not is_locked(file)
    with FileLock(file, RunError("busy")):
        assert is_locked(file)
        with pytest.raises(RunError, match="busy"), FileLock(file, RunError("busy")):
            pass
        with FileLock(tmp_path / "deep" / "other.lock", RunError("busy")):
            pass
    assert not is_locked(file)


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    file = tmp_path / "one.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(file)
        holder.kill()
    assert not is_locked(file)


def test_a_lock_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(RunError, match="cannot lock"),
        FileLock(tmp_path / "file" / "one.lock", RunError("busy")),
    ):
        pass
