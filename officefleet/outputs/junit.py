"""JUnit XML of a run: a suite for each play, a case for each task on each host."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Self

from officefleet.engine.events import PlayStarted, Status, TaskFinished
from officefleet.outputs import xml
from officefleet.outputs.results import failing, reason
from officefleet.outputs.streams import refusing

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.engine.events import Event


_IN_MEMORY = 1 << 20  # characters


def _spool() -> IO[str]:
    """Return a file in memory that moves to the disk when it grows: 10,000 hosts make millions of cases."""
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="utf-8", newline="\n")


@dataclass(slots=True)
class _Suite:
    name: str
    begun: float
    cases: IO[str] = field(default_factory=_spool)
    tests: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=lambda: {"failures": 0, "errors": 0, "skipped": 0})


class JUnit:
    """Collects a run's cases; the file is written when the context is left.

    A failed task is a failure, an unreachable host an error, a skipped task skipped.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._suites: list[_Suite] = []

    def __enter__(self) -> Self:
        """Try the file now, not after an hour's run."""
        self._write()
        return self

    def __exit__(self, *_error: object) -> None:
        with refusing(self._file):
            self._write()

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, PlayStarted):
            self._suites.append(_Suite(event.play, event.at))
        elif isinstance(event, TaskFinished) and self._suites:
            self._add(self._suites[-1], event)

    def _add(self, suite: _Suite, event: TaskFinished) -> None:
        case = xml.element(
            "testcase",
            classname=event.host,
            name=event.task,
            time=f"{event.seconds:.3f}",
            file=event.mark.file,
            line=str(event.mark.line),
        )
        bad = list(failing(event)) if event.status is Status.FAILED else [("", event.result)]
        said = [f"{label}: {reason(one)}" if label else reason(one) for label, one in bad]
        message = "; ".join(said)
        errors = [str(one.get("stderr") or "") for _label, one in bad]
        text = "\n".join([str(event.mark), *said, *errors]).rstrip()
        if event.status is Status.FAILED:
            suite.counts["failures"] += 1
            case.append(xml.element("failure", text, message=message, type=event.module))
        elif event.status is Status.UNREACHABLE:
            suite.counts["errors"] += 1
            case.append(xml.element("error", text, message=message, type="unreachable"))
        elif event.status is Status.SKIPPED:
            suite.counts["skipped"] += 1
            case.append(xml.element("skipped", message=str(event.result.get("skip_reason") or message)))
        suite.seconds += event.seconds
        suite.tests += 1
        suite.cases.write(f"    {xml.text_of(case)}\n")

    def _write(self) -> None:
        with self._file.open("w", encoding="utf-8", newline="\n") as out:
            out.write("<?xml version='1.0' encoding='utf-8'?>\n")
            out.write(xml.opening(xml.element("testsuites", name="officefleet")) + "\n")
            for suite in self._suites:
                self._write_suite(suite, out)
            out.write("</testsuites>\n")

    @staticmethod
    def _write_suite(suite: _Suite, out: IO[str]) -> None:
        made = xml.element(
            "testsuite",
            name=suite.name,
            timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(suite.begun)),
            tests=str(suite.tests),
            time=f"{suite.seconds:.3f}",
            **{name: str(count) for name, count in suite.counts.items()},
        )
        out.write(f"  {xml.opening(made)}\n")
        suite.cases.seek(0)
        shutil.copyfileobj(suite.cases, out)
        suite.cases.close()
        out.write("  </testsuite>\n")
