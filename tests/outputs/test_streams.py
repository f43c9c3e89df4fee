from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from officefleet.errors import RunError
from officefleet.outputs.junit import JUnit
from officefleet.outputs.streams import SteadyStream

FULL = Path("/dev/full")
READER_GONE = """
import sys
from officefleet.outputs.streams import SteadyStream
sys.stdin.readline()
stream = SteadyStream(sys.stdout)
for _number in range(3):
    stream.write("x" * 100_000)
    stream.flush()
sys.exit(7)
"""


def test_a_failure_is_told_once() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    told: list[OSError] = []
    stream = SteadyStream(Full(), told.append)
    stream.write("a")
    stream.write("b")
    assert [error.errno for error in told] == [28]


def test_a_reader_that_goes_away_does_not_end_the_run() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READER_GONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"go\n")
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (7, b"")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_report_on_a_full_disk_is_an_error_for_people(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    report = JUnit(file)
    report.__enter__()
    file.unlink()
    file.symlink_to(FULL)
    with pytest.raises(RunError, match=r"report\.xml"):
        report.__exit__()
