"""What is left after a kill at any moment, and when the disk is full."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from officefleet.ledger import open_ledger, query

SCRIPT = Path(__file__).with_name("recording.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and resource limits are POSIX")


def recording(path: Path, most: int, file_size: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path), str(most), str(file_size)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_at_any_moment_leaves_a_readable_ledger(path: Path, seed: int) -> None:
    path.parent.mkdir()
    with recording(path, 10_000_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        deadline = time.monotonic() + random.Random(seed).uniform(0.05, 1.0)  # noqa: S311  a moment, not a secret
        while time.monotonic() < deadline:
            process.stdout.readline()
        with closing(open_ledger(path)) as ledger:
            states = {one.state for one in query.runs(ledger, path)}
            assert states <= {"running"}
        process.kill()
    with closing(open_ledger(path, create=False)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        for run in query.runs(ledger, path):
            assert run.state == "killed"
            results = len(query.results(ledger, run.id))
            done = query.finished_hosts(ledger, run.id)
            # What is known as done is what was recorded, in order and without a hole.
            assert done.get(0, frozenset()) <= {f"h{number}" for number in range(results)}
            assert query.last_unfinished(ledger, path, []).id == run.id


def test_a_full_disk_does_not_end_the_run(path: Path) -> None:
    path.parent.mkdir()
    with recording(path, 2000, file_size=400_000) as process:
        said, _nothing = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = said.splitlines()
    assert lines[-1] == "ended"
    assert len([line for line in lines if line.startswith("warning: the ledger cannot be written")]) == 1
    with closing(open_ledger(path, create=False)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert query.runs(ledger, path)[0].state == "killed"
