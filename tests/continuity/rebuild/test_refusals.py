"""What a rebuild refuses, what it asks first, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import time

import pytest

from officefleet.continuity.rebuild import preflight, steps
from officefleet.continuity.rebuild import rebuild as module
from officefleet.continuity.rebuild.journal import RebuildJournal, RebuildState
from officefleet.continuity.rebuild.rescue import RestoreError
from officefleet.errors import ContinuityError, ExitCode, SignatureError, StoreError, UnreachableError
from officefleet.images.ed25519 import Signer

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("rescue")]
POSTE, OTHER, BLOCKED = "o0421-comptoir-1", "o0421-comptoir-2", "o0421-arriere-1"


def test_a_disk_that_is_too_small_is_left_alone(rescued) -> None:
    rescued.blank(POSTE, 32 << 20)
    rescued.disk(POSTE).write_bytes(b"as it was" + bytes((32 << 20) - 9))
    with pytest.raises(RestoreError, match="needs 67108864"):
        rescued.rebuild(POSTE)
    assert rescued.disk(POSTE).read_bytes()[:9] == b"as it was"


def test_without_a_yes_nothing_begins(rescued) -> None:
    rescued.setting.person._answer = False
    with pytest.raises(ContinuityError, match="not confirmed") as caught:
        rescued.rebuild(POSTE)
    assert caught.value.exit_code is ExitCode.FAILED
    assert RebuildJournal(rescued.connection).of_poste(POSTE) is None
    assert any("but data is overwritten" in line for line in rescued.person.said)


def test_nobody_is_believed_whose_host_key_is_not_known_beforehand(rescued, hearing) -> None:
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: ())
    with pytest.raises(ContinuityError, match="could not be told from a stranger"):
        module.rebuild(
            rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), hearing()
        )

    stranger = rescued.farm.hosts[1].host_key
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: (stranger,))
    with pytest.raises(UnreachableError, match="does not answer in the rescue environment"):
        module.rebuild(
            rescued.setting,
            dataclasses.replace(rescued.tools, door=door),
            rescued.wish(POSTE, patience=0.5),
            hearing(),
        )
    assert not rescued.boots(POSTE)


def test_two_sticks_two_keys(rescued, hearing) -> None:
    keys = (rescued.farm.hosts[5].host_key, rescued.farm.hosts[0].host_key)
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: keys)
    module.rebuild(
        rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), hearing()
    )
    assert rescued.is_right(POSTE)


def test_an_image_that_is_not_to_be_believed_is_refused_before_anything(rescued) -> None:
    rescued.shop.publish(2, Signer.generate())
    with pytest.raises(SignatureError):
        rescued.rebuild(POSTE)
    rescued.rebuild(POSTE, version=1)
    rescued.shop.publish(3, expires=int(time.time()) - 10, created=int(time.time()) - 1000)
    with pytest.raises(SignatureError, match="expired"):
        rescued.rebuild(POSTE)


def test_an_older_image_is_refused_unless_it_is_asked_for(rescued) -> None:
    rescued.shop.publish(2)
    rescued.rebuild(POSTE)
    with pytest.raises(SignatureError, match="older than version 2"):
        rescued.rebuild(OTHER, version=1)
    rescued.rebuild(OTHER, version=1, allow_older=True)
    assert rescued.is_right(OTHER)


@pytest.mark.parametrize(("changes", "error", "words"), [
    ({"poste": "o0421-nas-1"}, ContinuityError, "only postes are rebuilt"),
    ({"image": "nothing"}, StoreError, "has no image nothing"),
    ({"store": "/srv/images"}, ContinuityError, "no address that the poste can read"),
    ({"store": "http://127.0.0.1:1"}, StoreError, "does not answer"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_begins(
    rescued, hearing, changes, error, words, monkeypatch
) -> None:
    monkeypatch.setattr(preflight, "_PATIENCE", 0.2)
    keys = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: ("ssh-ed25519 AAAA",))
    with pytest.raises(error, match=words) as caught:
        module.rebuild(
            rescued.setting, dataclasses.replace(rescued.tools, door=keys),
            rescued.wish(**{"poste": POSTE, **changes}), hearing(),
        )  # fmt: skip
    assert caught.value.exit_code != ExitCode.OK
    assert RebuildJournal(rescued.connection).active() == []


def test_a_preview_changes_nothing(rescued, hearing) -> None:
    before = rescued.disk(POSTE).stat().st_mtime_ns
    heard = hearing()
    plan = module.preview(rescued.setting, rescued.tools, rescued.wish(POSTE), heard)
    assert ("waiting", f"{POSTE} is in the rescue environment; /srv/disk would be restored") in heard.words
    assert not list(rescued.setting.store.with_name("continuity.sqlite.rebuilds").iterdir())
    assert (plan.order.image, plan.order.version, plan.order.preserved) == ("poste", 1, ("data",))
    assert RebuildJournal(rescued.connection).active() == []
    assert rescued.disk(POSTE).stat().st_mtime_ns == before


def test_a_rebuild_given_up_leaves_room_for_another(rescued, hearing) -> None:
    with pytest.raises(UnreachableError):
        rescued.rebuild(POSTE, patience=0.2, address="127.0.0.9")
    with pytest.raises(ContinuityError, match="was begun with image poste 1"):
        rescued.rebuild(POSTE, image="another")
    folder = rescued.setting.store.with_name("continuity.sqlite.rebuilds")
    assert list(folder.iterdir())

    given_up = module.abandon(rescued.setting, POSTE)

    assert not list(folder.iterdir())
    assert RebuildJournal(rescued.connection).last(POSTE).state is RebuildState.ABANDONED
    assert given_up.poste == POSTE
    with pytest.raises(ContinuityError, match="no rebuild of"):
        module.abandon(rescued.setting, POSTE)
    with pytest.raises(ContinuityError, match="no rebuild of"):
        module.rebuild(rescued.setting, rescued.tools, rescued.wish(POSTE), hearing(), only_resume=True)
    rescued.rebuild(POSTE)


class Reboots:
    """Stands in for the connection that orders a restart: on these hosts it would be this machine's own."""

    def __init__(self):
        self.commands = []

    def __call__(self, _place):
        return self

    def start(self, command):
        self.commands.append(command)
        return self

    def exit_status(self, timeout):
        return timeout and 0

    def close(self):
        pass


@pytest.mark.parametrize(("armed", "yes", "restarts"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_a_poste_that_still_runs_is_restarted_only_if_armed_and_agreed(
    rescued, hearing, monkeypatch, armed, yes, restarts
) -> None:
    reboots = Reboots()
    monkeypatch.setattr(steps, "connect", reboots)
    stranger = rescued.farm.hosts[1].host_key  # the old system's key is not the rescue's
    door = dataclasses.replace(
        rescued.tools.door, host_keys=lambda _poste: (stranger,), armed=lambda _poste: armed
    )
    rescued.setting.person.answers = [True, yes]
    heard = hearing()
    with pytest.raises(UnreachableError, match="does not answer in the rescue environment"):
        module.rebuild(
            rescued.setting,
            dataclasses.replace(rescued.tools, door=door),
            rescued.wish(POSTE, patience=0.8),
            heard,
        )
    assert len(reboots.commands) == restarts
    assert all("reboot" in command for command in reboots.commands)
    assert any("still runs" in str(what) for word, what in heard.words if word == "waiting")


def test_a_poste_that_has_arrived_is_disarmed(rescued, hearing) -> None:
    arrived = []
    door = dataclasses.replace(rescued.tools.door, arrived=arrived.append)
    module.rebuild(
        rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), hearing()
    )
    assert arrived == [POSTE]


def test_a_driver_that_is_blocked_stops_it_unless_that_is_accepted(rescued, hearing) -> None:
    with pytest.raises(ContinuityError, match=r"drivers: block.*vitale") as caught:
        rescued.rebuild(BLOCKED)
    assert caught.value.exit_code is ExitCode.FAILED
    assert "--anyway" in caught.value.hint
    assert [page.machine for page in rescued.setting.binder.search("vitale")] == [BLOCKED]
    assert RebuildJournal(rescued.connection).active() == []

    heard = hearing()
    rescued.rebuild(BLOCKED, heard, anyway=True)
    plan = next(what for word, what in heard.words if word == "planned")
    assert any("vitale" in warning for warning in plan.warnings)
    assert rescued.is_right(rescued.names[-1])


def test_a_computer_that_cannot_keep_its_records_says_so_and_goes_on_later(rescued) -> None:
    folder = rescued.setting.store.with_name("continuity.sqlite.rebuilds")
    folder.write_text("a file where a folder belongs")
    with pytest.raises(ContinuityError, match="cannot keep its records"):
        rescued.rebuild(POSTE)
    folder.unlink()
    rescued.rebuild(POSTE)
    assert rescued.is_right(POSTE)
