"""A ledger and a recorder of its own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from officefleet.engine.events import (
    Counts,
    Event,
    HostFinished,
    Note,
    PlayStarted,
    RunFinished,
    RunStarted,
    Status,
    TaskFinished,
)
from officefleet.errors import Mark
from officefleet.ledger import Recorder, RunFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MARK = Mark("site.yml", 3, 7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


class Ledgering:
    """Events of a small run, and what records them."""

    @staticmethod
    def result(host: str, status: Status = Status.OK, **fields: Any) -> TaskFinished:
        return TaskFinished(host, "Installer le paquet", "apt", (2, 1), MARK, status, fields, 0.5, at=1001.0)

    @staticmethod
    def left(host: str, status: Status = Status.OK) -> HostFinished:
        return HostFinished("site", host, status, 2, 300, 400, at=1002.0)

    @staticmethod
    def started(run: str = "aaaaaaaaaaaa") -> RunStarted:
        return RunStarted(run, ["site.yml"], check=False, user="marie", at=1000.0)

    @staticmethod
    def play(number: int = 0, hosts: Sequence[str] = ("a", "b")) -> PlayStarted:
        return PlayStarted("site", hosts, MARK, number, at=1000.5)

    @staticmethod
    def finished(run: str = "aaaaaaaaaaaa", *, interrupted: bool = False, **recap: Counts) -> RunFinished:
        return RunFinished(run, recap, 12.5, interrupted, at=1013.0)

    @staticmethod
    def remark(text: str) -> Note:
        return Note(text, "a", MARK, at=1001.5)

    @staticmethod
    def record(path: Path, *events: Event, facts: RunFacts | None = None) -> list[str]:
        """Record events as one run does; return the warnings."""
        warnings: list[str] = []
        with Recorder(
            path, facts or RunFacts(), pharmacy_of={"a": "officine_0421"}.get, warn=warnings.append
        ) as recorder:
            for event in events:
                recorder.handle(event)
        return warnings


@pytest.fixture
def made() -> Ledgering:
    return Ledgering()
