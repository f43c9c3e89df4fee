"""A process that records results until it is killed, or until it has recorded as many as it is told."""

from __future__ import annotations

import sys
from pathlib import Path

from officefleet.engine.events import HostFinished, PlayStarted, RunFinished, RunStarted, Status, TaskFinished
from officefleet.errors import Mark
from officefleet.ledger import Recorder, RunFacts


def main(path: Path, most: int, file_size: int) -> None:
    if file_size:
        import resource  # noqa: PLC0415  POSIX

        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    mark = Mark("site.yml", 1, 1)
    with Recorder(
        path,
        RunFacts(),
        pharmacy_of={}.get,
        warn=lambda text: print(f"warning: {text}", flush=True),  # noqa: T201  read by the test
    ) as recorder:
        recorder.handle(RunStarted("a" * 12, ["site.yml"], check=False, user="u"))
        recorder.handle(PlayStarted("site", ["h"], mark, 0))
        for number in range(most):
            host = f"h{number}"
            recorder.handle(
                TaskFinished(host, "t", "command", (1,), mark, Status.CHANGED, {"stdout": "x" * 500}, 0.1)
            )
            recorder.handle(HostFinished("site", host, Status.OK, 1, 1, 1))
            if number % 50 == 0:
                print(number, flush=True)  # noqa: T201  read by the test
        recorder.handle(RunFinished("a" * 12, {}, 1.0))
    print("ended", flush=True)  # noqa: T201  read by the test


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
