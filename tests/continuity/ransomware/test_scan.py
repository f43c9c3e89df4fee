"""What a recovery has found stays found, whatever the rebuilt machine sends meanwhile."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING
from unittest.mock import sentinel

import pytest

from officefleet.continuity.backup import work
from officefleet.continuity.backup.work import Snapshot
from officefleet.continuity.database import open_store
from officefleet.continuity.ransomware import scan as module
from officefleet.continuity.ransomware.recovery import Kind, Recoveries
from officefleet.continuity.ransomware.scan import scan
from officefleet.continuity.ransomware.signs import File, Generation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "o0421-comptoir-1"
DAY = dt.datetime(2026, 11, 1, 20, tzinfo=dt.UTC)
PATHS = [f"/srv/data/{number}.csv" for number in range(40)]


class Backups:
    """What the NAS has: each snapshot with whether its files are encrypted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept = {"aaaaaaaa": False, "bbbbbbbb": False, "cccccccc": True}
        self.looked: list[str] = []
        monkeypatch.setattr(work, "snapshots", self._snapshots)
        monkeypatch.setattr(work, "look", lambda _setting, _host, name, _disk: name)
        monkeypatch.setattr(module, "generation_of", self._generation)

    def _snapshots(self, *_words: object) -> list[Snapshot]:
        days = enumerate(self.kept)
        return [Snapshot(name, DAY + dt.timedelta(days=day), ("/srv",), name) for day, name in days]

    def _generation(self, snapshot: Snapshot, _look: object) -> Generation:
        self.looked.append(snapshot.id)
        bad = self.kept[snapshot.id]
        files = {path + (".locked" if bad else ""): File(9000, str(bad)) for path in PATHS}
        return Generation(snapshot.id, files, dict.fromkeys(files, bad), {})


@pytest.fixture
def backups(monkeypatch: pytest.MonkeyPatch) -> Backups:
    return Backups(monkeypatch)


@pytest.fixture
def recoveries(tmp_path: Path) -> Iterator[Recoveries]:
    with closing(open_store(tmp_path / "continuity.sqlite")) as store:
        yield Recoveries(store)


def clean(recoveries: Recoveries, disk: str = "", *, again: bool = False) -> str:
    found = scan(sentinel.setting, recoveries, HOST, disk, again=again).clean
    return found.id if found else ""


def test_what_was_found_is_not_found_otherwise_later(backups: Backups, recoveries: Recoveries) -> None:
    recovery = recoveries.open("officine_0421", HOST)
    assert clean(recoveries) == "bbbbbbbb"
    backups.kept["dddddddd"] = False  # the rebuilt machine's first backup: clean, and empty
    backups.looked.clear()
    assert clean(recoveries) == "bbbbbbbb"
    assert backups.looked == []
    facts = [fact for fact in recoveries.facts(recovery) if fact.kind is Kind.CLEAN]
    assert [fact.value["snapshot"] for fact in facts] == ["bbbbbbbb"]


def test_another_medium_another_recovery_and_again_look_anew(
    backups: Backups, recoveries: Recoveries
) -> None:
    recovery = recoveries.open("officine_0421", HOST)
    assert clean(recoveries) == "bbbbbbbb"
    backups.kept["cccccccc"] = False
    assert clean(recoveries) == "bbbbbbbb"
    assert clean(recoveries, "A") == "cccccccc"
    assert clean(recoveries, again=True) == "cccccccc"
    recoveries.close(recovery)
    backups.kept["cccccccc"] = True
    assert clean(recoveries) == "bbbbbbbb"


def test_a_snapshot_that_is_gone_is_not_named(backups: Backups, recoveries: Recoveries) -> None:
    recoveries.open("officine_0421", HOST)
    assert clean(recoveries) == "bbbbbbbb"
    del backups.kept["bbbbbbbb"]
    assert clean(recoveries) == "aaaaaaaa"


def test_without_an_attack_nothing_is_written(backups: Backups, recoveries: Recoveries) -> None:
    assert clean(recoveries) == "bbbbbbbb"
    recovery = recoveries.open("officine_0421", HOST)
    assert recoveries.facts(recovery) == []
    assert backups.looked
