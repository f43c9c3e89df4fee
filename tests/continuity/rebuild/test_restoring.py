"""A rebuild up to its restore, on real sshd processes: what goes wrong, and that it then goes on."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from officefleet.continuity.rebuild import preflight, steps
from officefleet.continuity.rebuild import rebuild as module
from officefleet.continuity.rebuild.journal import RebuildJournal, RebuildState
from officefleet.continuity.rebuild.many import Stop, own_setting, rebuild_all, worst
from officefleet.continuity.rebuild.rescue import Owner, RescueLine, RestoreError
from officefleet.errors import ContinuityError, ExitCode, SignatureError, StoreError, UnreachableError
from officefleet.images.ed25519 import Signer
from officefleet.transports.base import Endpoint

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("rescue")]
POSTE, OTHER = "o0421-comptoir-1", "o0421-comptoir-2"
KILLED = Path(__file__).parent / "killed.py"


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)  # between two looks, not instead of one


def test_a_blank_disk_is_restored_and_a_right_one_proven_right(rescued, quiet_follower) -> None:
    done = rescued.rebuild(POSTE, quiet_follower, initialise_preserved=True)

    assert rescued.disk(POSTE).read_bytes() == rescued.shop.image
    assert RebuildJournal(rescued.connection).last(POSTE).state is RebuildState.DONE
    assert not (rescued.setting.store.with_name("continuity.sqlite.rebuilds") / done.id).exists()
    events = [what for word, what in quiet_follower.words if word == "progress"]
    assert {"phase", "done", "total", "rate", "seconds_left", "fetched", "written"} <= set(events[-1])

    again = type(quiet_follower)()
    rescued.rebuild(POSTE, again)
    assert ("ended", ("restore", "the disk was right already")) in again.words


def test_what_is_preserved_survives(rescued) -> None:
    rescued.rebuild(POSTE, initialise_preserved=True)
    start, size = 48 << 20, 8 << 20
    with rescued.disk(POSTE).open("r+b") as disk:
        disk.seek(start)
        disk.write(b"the pharmacy's own" * 1000)
        disk.seek(5 << 20)
        disk.write(os.urandom(3 << 20))
    mine = rescued.disk(POSTE).read_bytes()[start : start + size]

    rescued.rebuild(POSTE)

    assert rescued.is_right(POSTE)
    assert rescued.disk(POSTE).read_bytes()[start : start + size] == mine


@pytest.mark.parametrize("round_", [0, *(pytest.param(one, marks=pytest.mark.slow) for one in (1, 2))])
def test_killed_at_any_moment_the_same_command_goes_on(rescued, round_) -> None:
    """kill -9 of the controller at random points until a try gets through; each leaves no bootable half."""
    dice = random.Random(round_)  # noqa: S311  the same points in every run
    for _try in range(12):
        process = start_killed(rescued, "sleep")
        try:
            process.wait(timeout=dice.uniform(0.3, 2.5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        else:
            break
        if rescued.boots(POSTE):
            assert rescued.is_right(POSTE)
    follower_words = rescued_words(rescued)
    assert rescued.is_right(POSTE)
    assert RebuildJournal(rescued.connection).of_poste(POSTE) is None
    assert (
        ("begun", "restore") in follower_words or ("kept", "restore") in follower_words or not follower_words
    )


def rescued_words(rescued):
    """Give the command once more if the last try was killed; return what its follower heard."""
    if RebuildJournal(rescued.connection).of_poste(POSTE) is None:
        return []
    heard = Hearing()
    rescued.rebuild(POSTE, heard)
    assert heard.words[0][0] == "resumed"
    return heard.words


@pytest.mark.parametrize(("moment", "step"), [
    ("begun", "rescue"), ("ended", "rescue"), ("begun", "restore"), ("progress", "restore"), ("ended", "restore"),
])  # fmt: skip
def test_killed_at_each_step_the_same_command_goes_on(rescued, moment, step) -> None:
    process = start_killed(rescued, moment, step)
    assert process.wait(timeout=60) == -signal.SIGKILL

    heard = Hearing()
    rescued.rebuild(POSTE, heard)

    assert heard.words[0][0] == "resumed"
    assert rescued.is_right(POSTE)


class Hearing:
    def __init__(self):
        self.words = []

    def __getattr__(self, word):
        return lambda what=None, *_rest, **_more: self.words.append((word, getattr(what, "name", what)))


def start_killed(rescued, moment: str, step: str = "") -> subprocess.Popen[bytes]:
    host = rescued.farm.hosts[0]
    words = [str(rescued.folder), str(rescued.farm.private_key), str(rescued.farm.known_hosts), host.host_key,
             rescued.tools.door.work, rescued.shop.url, POSTE, moment, step]  # fmt: skip
    return subprocess.Popen([sys.executable, str(KILLED), *words], stdin=subprocess.DEVNULL)


def test_two_rebuilds_of_one_poste_the_second_hears_who_and_when(rescued) -> None:
    heard, release = threading.Event(), threading.Event()
    first = threading.Thread(target=rescued.rebuild, args=(POSTE, Blocking(heard, release)))
    first.start()
    assert heard.wait(30)
    try:
        with pytest.raises(
            ContinuityError, match=r"is being rebuilt by \w+ on \S+ since \d{4}-\d\d-\d\d"
        ) as caught:
            with_own_connection(rescued, POSTE)
        assert caught.value.exit_code is ExitCode.FAILED
    finally:
        release.set()
        first.join(60)
    assert rescued.is_right(POSTE)


class Blocking(Hearing):
    def __init__(self, heard, release):
        super().__init__()
        self._heard, self._release = heard, release

    def begun(self, step, *, back):
        del back
        if step.name == "restore":
            self._heard.set()
            assert self._release.wait(60)


def with_own_connection(rescued, poste):
    with own_setting(rescued.setting) as mine:
        return module.rebuild(mine, rescued.tools, rescued.wish(poste), Hearing())


def test_a_rebuild_from_another_controller_is_refused_by_the_poste_itself(rescued) -> None:
    rescued.shop.close()  # the restore then waits for its store, and so is at work for a while
    line, other = (
        RescueLine(place_of(rescued, OTHER), work=rescued.tools.door.work, program="/srv/officefleet-restore")
        for _controller in range(2)
    )
    arguments = ["--store", rescued.shop.url, "--image", "poste", "--trust", "trust.json", "--target", "/srv/disk",
                 "--patience", "30"]  # fmt: skip
    bundle = {"trust.json": rescued.shop.trust.read_text()}
    try:
        assert not line.start(Owner("one", "anne", "siege", "2026-11-24 15:20"), arguments, bundle)
        with pytest.raises(ContinuityError, match="is being rebuilt by anne on siege since 2026-11-24 15:20"):
            other.start(Owner("two", "luc", "portable", "2026-11-24 15:21"), arguments, bundle)
        assert not line.start(
            Owner("one", "anne", "siege", "2026-11-24 15:20"), arguments, bundle
        )  # its own goes on
    finally:
        rescued.shop.open()
    assert line.follow(lambda _event: None)["event"] == "restored"
    line.close()
    other.close()
    assert rescued.is_right(OTHER)


def place_of(rescued, poste):
    host = rescued.farm.hosts[rescued.names.index(poste)]
    return Endpoint(host=poste, kind="ssh", address=host.address, port=host.port, user=host.user,
                    key_file=str(rescued.farm.private_key), known_hosts=(str(rescued.farm.known_hosts),))  # fmt: skip


def test_the_store_dies_half_way_and_comes_back(rescued) -> None:
    """The restore waits for it and goes on: a NAS may restart."""
    rescued.shop.close()
    rescued.shop.open(dies_after=15)
    dead = threading.Thread(target=reopen_when_dead, args=(rescued.shop,))
    dead.start()
    rescued.rebuild(POSTE)
    dead.join(60)
    assert rescued.is_right(POSTE)


def reopen_when_dead(shop):
    assert shop.wait_dead(60)
    shop.open()


def test_the_store_dies_for_good_and_the_same_command_goes_on_when_it_is_back(rescued, monkeypatch) -> None:
    usual = steps.arguments
    monkeypatch.setattr(steps, "arguments", lambda order, disk: [*usual(order, disk), "--patience", "1"])
    rescued.shop.close()
    rescued.shop.open(dies_after=15)
    with pytest.raises(RestoreError, match="does not answer") as caught:
        rescued.rebuild(POSTE)
    assert caught.value.exit_code is ExitCode.FAILED
    assert not rescued.boots(POSTE)
    assert RebuildJournal(rescued.connection).of_poste(POSTE).state is RebuildState.GOING

    rescued.shop.open()
    rescued.rebuild(POSTE)
    assert rescued.is_right(POSTE)


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


def test_nobody_is_believed_whose_host_key_is_not_known_beforehand(rescued) -> None:
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: ())
    with pytest.raises(ContinuityError, match="could not be told from a stranger"):
        module.rebuild(
            rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), Hearing()
        )

    stranger = rescued.farm.hosts[1].host_key
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: (stranger,))
    with pytest.raises(UnreachableError, match="does not answer in the rescue environment"):
        module.rebuild(
            rescued.setting,
            dataclasses.replace(rescued.tools, door=door),
            rescued.wish(POSTE, patience=0.5),
            Hearing(),
        )
    assert not rescued.boots(POSTE)


def test_two_sticks_two_keys(rescued) -> None:
    keys = (rescued.farm.hosts[5].host_key, rescued.farm.hosts[0].host_key)
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: keys)
    module.rebuild(
        rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), Hearing()
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
def test_what_cannot_be_is_refused_and_nothing_begins(rescued, changes, error, words, monkeypatch) -> None:
    monkeypatch.setattr(preflight, "_PATIENCE", 0.2)
    keys = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: ("ssh-ed25519 AAAA",))
    with pytest.raises(error, match=words) as caught:
        module.rebuild(
            rescued.setting, dataclasses.replace(rescued.tools, door=keys),
            rescued.wish(**{"poste": POSTE, **changes}), Hearing(),
        )  # fmt: skip
    assert caught.value.exit_code != ExitCode.OK
    assert RebuildJournal(rescued.connection).active() == []


def test_a_preview_changes_nothing(rescued) -> None:
    before = rescued.disk(POSTE).stat().st_mtime_ns
    heard = Hearing()
    plan = module.preview(rescued.setting, rescued.tools, rescued.wish(POSTE), heard)
    assert ("waiting", f"{POSTE} is in the rescue environment; /srv/disk would be restored") in heard.words
    assert not list(rescued.setting.store.with_name("continuity.sqlite.rebuilds").iterdir())
    assert (plan.order.image, plan.order.version, plan.order.preserved) == ("poste", 1, ("data",))
    assert RebuildJournal(rescued.connection).active() == []
    assert rescued.disk(POSTE).stat().st_mtime_ns == before


def test_a_rebuild_given_up_leaves_room_for_another(rescued) -> None:
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
        module.rebuild(rescued.setting, rescued.tools, rescued.wish(POSTE), Hearing(), only_resume=True)
    rescued.rebuild(POSTE)


def test_twenty_postes_at_once(rescued) -> None:
    stop = Stop()

    def one(mine, poste):
        module.rebuild(mine, rescued.tools, rescued.wish(poste), Hearing())

    ended = rebuild_all(rescued.setting, rescued.names, one, stop)

    assert [outcome.error for outcome in ended] == [None] * 20
    assert all(rescued.is_right(poste) for poste in rescued.names)
    assert worst(ended) == ExitCode.OK


def test_one_of_several_fails_and_the_others_do_not(rescued) -> None:
    rescued.blank(OTHER, 8 << 20)

    def one(mine, poste):
        module.rebuild(mine, rescued.tools, rescued.wish(poste), Hearing())

    ended = rebuild_all(rescued.setting, rescued.names[:3], one, Stop(), parallel=2)

    assert [outcome.error is None for outcome in ended] == [True, False, True]
    assert worst(ended) == ExitCode.FAILED


def test_when_the_person_stops_all_stop_where_they_can_go_on(rescued) -> None:
    rescued.shop.close()  # nothing ends by itself
    stop = Stop()
    tools = dataclasses.replace(rescued.tools, stopped=stop)
    rescued.shop.open()
    threading.Timer(0.5, stop.ask).start()

    def one(mine, poste):
        module.rebuild(mine, tools, rescued.wish(poste, patience=30.0, address="127.0.0.9"), Hearing())

    with pytest.raises(KeyboardInterrupt):
        rebuild_all(rescued.setting, rescued.names[:3], one, stop)
    assert len(RebuildJournal(rescued.connection).active()) == 3


def test_a_poste_that_went_away_after_it_was_seen_is_asked_for_again(rescued) -> None:
    """The command was stopped between two steps, and the poste switched off: the person is told what to do."""
    process = start_killed(rescued, "ended", "rescue")
    assert process.wait(timeout=60) == -signal.SIGKILL
    gone = rescued.farm.hosts[7].host_key  # somebody else answers now
    door = dataclasses.replace(rescued.tools.door, host_keys=lambda _poste: (gone,))
    heard = Hearing()
    with pytest.raises(UnreachableError, match="does not answer in the rescue environment"):
        module.rebuild(
            rescued.setting,
            dataclasses.replace(rescued.tools, door=door),
            rescued.wish(POSTE, patience=0.5),
            heard,
        )
    assert any("rescue USB stick" in str(what) for word, what in heard.words if word == "waiting")


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
    rescued, monkeypatch, armed, yes, restarts
) -> None:
    reboots = Reboots()
    monkeypatch.setattr(steps, "connect", reboots)
    stranger = rescued.farm.hosts[1].host_key  # the old system's key is not the rescue's
    door = dataclasses.replace(
        rescued.tools.door, host_keys=lambda _poste: (stranger,), armed=lambda _poste: armed
    )
    rescued.setting.person.answers = [True, yes]
    heard = Hearing()
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


def test_a_poste_that_has_arrived_is_disarmed(rescued) -> None:
    arrived = []
    door = dataclasses.replace(rescued.tools.door, arrived=arrived.append)
    module.rebuild(
        rescued.setting, dataclasses.replace(rescued.tools, door=door), rescued.wish(POSTE), Hearing()
    )
    assert arrived == [POSTE]


BLOCKED = "o0421-arriere-1"


def test_a_driver_that_is_blocked_stops_it_unless_that_is_accepted(rescued) -> None:
    with pytest.raises(ContinuityError, match=r"drivers: block.*vitale") as caught:
        rescued.rebuild(BLOCKED)
    assert caught.value.exit_code is ExitCode.FAILED
    assert "--anyway" in caught.value.hint
    assert [page.machine for page in rescued.setting.binder.search("vitale")] == [BLOCKED]
    assert RebuildJournal(rescued.connection).active() == []

    heard = Hearing()
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
