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

from officefleet.continuity.rebuild import rebuild as module
from officefleet.continuity.rebuild import steps
from officefleet.continuity.rebuild.journal import RebuildJournal, RebuildState
from officefleet.continuity.rebuild.many import Stop, own_setting, rebuild_all, worst
from officefleet.continuity.rebuild.rescue import Owner, RescueLine, RestoreError
from officefleet.errors import ContinuityError, ExitCode, UnreachableError
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
