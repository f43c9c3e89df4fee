"""The last clean generation is found, whatever came after it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.continuity.backup.work import Snapshot
from officefleet.continuity.ransomware.generations import generation_of, search
from officefleet.continuity.ransomware.signs import File, Generation, Verdict
from officefleet.errors import ContinuityError

PATHS = [f"/srv/data/{folder}/{number}.csv" for folder in "abc" for number in range(20)]
CANARY = "/srv/data/!ordonnances-2019.csv"
DAY = dt.datetime(2026, 11, 1, 20, tzinfo=dt.UTC)


def snapshots(count):
    return [
        Snapshot(f"{number:08x}", DAY + dt.timedelta(days=number), ("/srv/data",), f"{number:08x}")
        for number in range(count)
    ]


class Backup:
    """Clean up to a day, encrypted from then on; meanwhile every day some files are rewritten."""

    def __init__(self, first_bad, *, manner=".locked"):
        self.first_bad, self.manner, self.looked = first_bad, manner, 0

    def look(self, snapshot):
        self.looked += 1
        day = int(snapshot.id, 16)
        bad = day >= self.first_bad
        ending = self.manner if bad else ""
        files = {
            path + ending: File(9000, str(max(0, day - (day - number) % 60)))
            for number, path in enumerate(PATHS)
        }
        return Generation(snapshot.id, files, dict.fromkeys(files, bad), {CANARY: not bad})


@settings(max_examples=40)
@given(count=st.integers(1, 300), first_bad=st.integers(1, 300), manner=st.sampled_from(["", ".locked"]))
def test_the_last_clean_one_is_found_with_few_looks(count, first_bad, manner):
    backup = Backup(first_bad, manner=manner)
    found = search(snapshots(count), backup.look)

    assert found.clean is not None
    assert int(found.clean.id, 16) == min(count, first_bad) - 1
    assert backup.looked <= 2 + count.bit_length()
    assert [one.snapshot.time for one in found.judged] == sorted(one.snapshot.time for one in found.judged)
    verdicts = {int(one.snapshot.id, 16): one.verdict for one in found.judged}
    assert all((verdict is Verdict.ENCRYPTED) == (day >= first_bad) for day, verdict in verdicts.items())


def test_without_a_clean_one_there_is_none():
    found = search(snapshots(5), Backup(0).look)
    assert found.clean is None
    assert len(found.judged) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"files": [{"path": "/a"}]},
        {"files": {"a": 1}},
        {"entropy": {"/a": "much"}},
        {"entropy": []},
        {"canaries": None},
    ],
)
def test_looks_that_make_no_sense(change):
    whole = {
        "files": [{"path": "/a", "size": 1, "mtime": "x"}],
        "entropy": {"/a": 7.95, "/b": 1},
        "canaries": {"/c": 1},
    }
    seen = generation_of(snapshots(1)[0], whole)
    assert (seen.random, seen.canaries) == ({"/a": True, "/b": False}, {"/c": False})
    with pytest.raises(ContinuityError, match="makes no sense"):
        generation_of(snapshots(1)[0], whole | change)
