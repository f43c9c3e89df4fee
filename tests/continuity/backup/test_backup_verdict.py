"""Verdicts on what machines say, and what is not believed of it."""

import datetime as dt
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.continuity.backup.facts import Report, believe
from officefleet.continuity.backup.records import BackupRecords, import_reports
from officefleet.continuity.backup.sentences import _texts, hint, sentence
from officefleet.continuity.backup.verdict import Kind, age, judge
from officefleet.continuity.database import open_store
from officefleet.errors import ContinuityError
from officefleet.models import BackupCopy, BackupPolicy, Frequency, Media

HOUR, DAY = 3600.0, 86400.0
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC).timestamp()  # a Tuesday
POLICY = BackupPolicy(
    name="p",
    restore_test_days=90,
    copies=(
        BackupCopy(media=Media.INTERNAL_DISK, live=True),
        BackupCopy(media=Media.NAS, frequency=Frequency.HOURLY),
        BackupCopy(
            media=Media.EXTERNAL_DISK, frequency=Frequency.DAILY, offline=True, offsite=True, encrypted=True
        ),
    ),
)


def good(now=NOW):
    check = {"at": now - HOUR, "good": True}
    return {
        "now": now,
        "read": now,
        "hosts": {
            "o0421-serveur-1": {"snapshots": [["a", now - 9 * HOUR], ["b", now - HOUR]], "check": check}
        },
        "disks": {
            "A": {
                "at": now - 18 * HOUR,
                "holder": "M. A",
                "hosts": {"o0421-serveur-1": {"check": check, "count": 9}},
            },
            "B": {
                "at": now - 42 * HOUR,
                "holder": "Mme B",
                "hosts": {"o0421-serveur-1": {"check": check, "count": 8}},
            },
        },
        "plugged_in": ["B"],
        "clients": {"o0421-serveur-1": {"now": now}},
    }


def verdict(change=None, *, now=NOW, proven=NOW - 5 * DAY):
    raw = good()
    if change is not None:
        change(raw)
    return judge("officine_0421", Report.model_validate(raw), POLICY, now, proven)


def kinds(found):
    return {one.kind for one in found.breaches}


def test_all_is_well():
    found = verdict()

    assert found.good
    assert found.three_two_one
    assert [(one.medium, one.good, one.offsite, one.holder) for one in found.copies] == [
        ("nas", True, False, ""),
        ("A", True, True, "M. A"),
        ("B", True, False, "Mme B"),
    ]


def set_(*path, value):
    def change(raw):
        for part in path[:-1]:
            raw = raw[part]
        raw[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "kind", "met"),
    [
        (set_("plugged_in", value=["A", "B"]), Kind.NOT_321, False),
        (set_("disks", value={}), Kind.STALE, False),
        (set_("hosts", "o0421-serveur-1", "snapshots", value=[["a", NOW - 60 * HOUR]]), Kind.STALE, False),
        (set_("hosts", "o0421-serveur-1", "snapshots", value=[]), Kind.STALE, False),
        (set_("hosts", "o0421-serveur-1", "check", "good", value=False), Kind.DAMAGED, False),
        (set_("hosts", "o0421-serveur-1", "check", value=None), Kind.UNCHECKED, False),
        (set_("hosts", "o0421-serveur-1", "check", "at", value=NOW - 30 * DAY), Kind.UNCHECKED, False),
        (set_("disks", "A", "hosts", "o0421-serveur-1", "check", "good", value=False), Kind.DAMAGED, False),
        (set_("disks", "A", "hosts", value={}), Kind.NOT_321, False),
        (set_("now", value=NOW + 365 * DAY), Kind.CLOCK, True),
        (set_("clients", "o0421-serveur-1", "now", value=NOW - 365 * DAY), Kind.CLOCK, True),
        (set_("health", value={"code": "nas-full"}), Kind.NAS, True),
        (set_("mirrors", value=[{"name": "md0", "disks": 2, "working": 1}]), Kind.MIRROR, True),
        (set_("clients", "o0421-serveur-1", "failure", value={"at": NOW, "code": "nas-gone"}), Kind.FAILED, True),
    ],
)  # fmt: skip
def test_one_thing_is_wrong(change, kind, met):
    found = verdict(change)

    assert kind in kinds(found)
    assert found.three_two_one is met


def test_a_mirror_is_availability_and_never_a_copy():
    def only_a_mirror(raw):
        raw["hosts"], raw["disks"] = {}, {}
        raw["mirrors"] = [{"name": "md0", "disks": 2, "working": 2}]

    found = verdict(only_a_mirror)

    assert not found.three_two_one
    assert found.mirrors == ("md0: 2/2",)
    assert "md0" not in [one.medium for one in found.copies]


def test_a_proof_that_is_too_old_or_was_never_made():
    assert kinds(verdict(proven=NOW - 100 * DAY)) == {Kind.UNPROVEN}
    assert kinds(verdict(proven=None)) == {Kind.UNPROVEN}


def test_a_machines_own_drill_counts_as_proof():
    own = set_("clients", "o0421-serveur-1", "drill", value={"at": NOW - DAY, "good": True})
    assert verdict(own, proven=None).good


def test_a_disk_dated_in_the_future_is_not_believed():
    assert not verdict(set_("disks", "A", "at", value=NOW + 365 * DAY)).three_two_one


def test_a_nas_that_has_been_silent_for_days_is_not_taken_for_well():
    assert Kind.OLD_NEWS in kinds(verdict(now=NOW + 5 * DAY))


def test_nothing_was_ever_read():
    assert kinds(judge("officine_0421", None, POLICY, NOW, None)) == {Kind.NEVER_READ}


def test_from_saturday_noon_to_monday_morning_is_no_breach():
    saturday = dt.datetime(2026, 11, 21, 12, 30, tzinfo=dt.UTC).timestamp()
    monday = dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC).timestamp()

    assert age(saturday, monday) == 20 * HOUR


@given(st.floats(0, 4e9), st.floats(0, 100 * DAY), st.floats(0, 100 * DAY))
def test_age_grows_with_time_and_is_never_more_than_the_clock_says(at, first, more):
    assert 0 <= age(at, at + first) <= first + 1e-3
    assert age(at, at + first) <= age(at, at + first + more) + 1e-3
    assert age(at, at - 1) == 0


@pytest.mark.parametrize(
    "raw",
    [
        [],
        {},
        {"now": "x"},
        {"now": float("nan")},
        {"now": -1},
        {"now": 1, "hosts": {"h": {"snapshots": [["a"]]}}},
        {"now": 1, "hosts": {"h": {"snapshots": [["a", 1.0]] * 401}}},
        {"now": 1, "hosts": {str(number): {} for number in range(500)}},
        {"now": 1, "disks": {"A": {"at": 1e300}}},
        {"now": 1, "health": {"code": "x" * 10_000}},
    ],
)
def test_a_report_that_makes_no_sense_is_refused_in_one_sentence(raw):
    with pytest.raises(ContinuityError, match="makes no sense") as caught:
        believe(raw, "o0421-nas-1")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("code", sorted(_texts()))
def test_every_problem_has_one_sentence_whatever_the_facts(code):
    for facts in ({}, {"label": "{0.__class__}", "reason": "a\x1b[31m\nb" * 500, "seconds": 86400 * 365}):
        text = sentence({"code": code, "facts": facts}, "o0421-nas-1")
        assert "\n" not in text
        assert "\x1b" not in text
    assert isinstance(hint({"code": code}), str)


def test_every_problem_that_the_tool_can_name_has_its_sentence():
    folder = Path(__file__).parents[3] / "roles/backup/files/officine_backup"
    text = "".join(one.read_text() for one in folder.glob("*.py"))
    named = set(re.findall(r'BackupProblem\(\s*"([a-z-]+)"', text)) | set(
        re.findall(r'", "([a-z-]+)"\),\n', text)
    )

    assert len(named) > 25
    assert named - {"restic-failed", "target-"} <= set(_texts())


def test_unknown_codes_of_a_later_tool_are_still_a_sentence():
    assert sentence({"code": "new-thing", "facts": {"said": "ouch"}}, "h") == "h: the backup failed: ouch"
    assert "h" in sentence({}, "h")


def test_records_come_back_as_they_were(tmp_path):
    store = open_store(tmp_path / "c.sqlite")
    report = Report.model_validate(good()).newest_only()
    import_reports(store, [("officine_0421", Report.model_validate(good())), ("officine_0422", report)])
    records = BackupRecords(store)
    records.record_drill("h", "officine_0421", "nas", good=True, note="fine")
    records.record_drill("h", "officine_0421", "nas", good=False, note="not")

    assert dict(records.reports()) == {"officine_0421": report, "officine_0422": report}
    assert dict(records.reports({"officine_0422"})) == {"officine_0422": report}
    assert abs(records.last_good_drills()["officine_0421"] - time.time()) < 60
    assert [one.note for one in records.drills("officine_0421")] == ["not", "fine"]
    store.close()
