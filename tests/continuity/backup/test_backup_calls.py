"""What machines answer is taken apart without belief."""

import datetime as dt
from types import SimpleNamespace

import pytest

from officefleet.continuity.backup import calls, work
from officefleet.continuity.backup.calls import Answer
from officefleet.errors import ContinuityError

ID = "a" * 64


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"rc": 0, "stdout": "nonsense"}, "restic-failed"),
        ({"rc": 0, "stdout": "[]"}, "restic-failed"),
        ({"rc": 0, "stdout": "[" * 100_000}, "restic-failed"),
        ({"rc": 1, "stdout": '{"snapshot": 1}'}, "restic-failed"),
        ({"rc": 2, "stdout": '{"problem": {"code": "nas-gone", "facts": {}}}'}, "nas-gone"),
        ({"failed": True, "msg": "no such file: officine-backup"}, "not-set-up"),
        ({}, "restic-failed"),
    ],
)
def test_an_answer_that_is_none(result, code):
    answer = calls._answer(result, "")

    assert answer.value is None
    assert answer.problem["code"] == code
    assert "\n" not in answer.failure("h")


def test_an_answer():
    assert calls._answer({"rc": 0, "stdout": '{"a": 1}'}, "").value == {"a": 1}
    assert calls._answer({}, "no route").failure("h") == "h: no route"
    assert Answer(silence="h is off").failure("h") == "h is off"


def asking(monkeypatch, value):
    monkeypatch.setattr(calls, "must", lambda _player, _host, _words: value)
    nas = SimpleNamespace(name="nas")
    pharmacy = SimpleNamespace(id="officine_0421", of_kind=lambda _kind: [nas])
    inventory = SimpleNamespace(pharmacy=lambda _id: pharmacy)
    return SimpleNamespace(player=None, home=lambda _host: pharmacy, inventory=inventory)


def test_snapshots(monkeypatch):
    row = {"id": ID, "time": "2026-11-24T15:55:16.877377821Z", "paths": ["/etc"], "original": ID}
    setting = asking(monkeypatch, {"snapshots": [row]})

    assert work.snapshots(setting, "h") == [
        work.Snapshot(ID, dt.datetime(2026, 11, 24, 15, 55, 16, 877377, tzinfo=dt.UTC), ("/etc",), ID)
    ]


@pytest.mark.parametrize(
    "row",
    [
        {},
        7,
        {"id": "; rm -rf /"},
        {"id": ID, "time": "yesterday", "paths": [], "original": ID},
        {"id": ID, "time": 1},
    ],
)
def test_snapshots_that_are_none(monkeypatch, row):
    with pytest.raises(ContinuityError):
        work.snapshots(asking(monkeypatch, {"snapshots": [row]}), "h")


@pytest.mark.parametrize("text", ["", "--help", "abc", ID + "0", "latest; reboot", "../../etc"])
def test_what_is_no_id_never_reaches_a_machine(monkeypatch, text):
    with pytest.raises(ContinuityError, match="not the id of a snapshot"):
        work.restore(asking(monkeypatch, {}), "h", text, "/srv/back")


def test_a_restore_goes_to_its_own_machine_or_the_nas_only(monkeypatch):
    setting = asking(monkeypatch, {"snapshot": ID, "files": 3})

    assert work.restore(setting, "h", "latest", "/srv/back", on="nas").on == "nas"
    with pytest.raises(ContinuityError, match="may not open the backups"):
        work.restore(setting, "h", "latest", "/srv/back", on="other")
    with pytest.raises(ContinuityError, match="not an absolute path"):
        work.restore(setting, "h", "latest", "back")
