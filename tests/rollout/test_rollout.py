"""Rollouts through the command line and the engine, on machines that are this computer under many names."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode
from officefleet.ledger import default_path, open_ledger, query
from officefleet.rollout.lock import RolloutLock

if TYPE_CHECKING:
    from conftest import Cli, Fleet

FAILS = "    - name: Break\n      shell: '{}'\n      when: inventory_hostname in {}\n"


def waves(out: str) -> dict[int, set[str]]:
    """Return the pharmacies that a rollout reported under each wave."""
    found: dict[int, set[str]] = {}
    number = 0
    for line in out.splitlines():
        if line.startswith("Wave "):
            number = int(line.split()[1])
        elif line.startswith("  officine_"):
            found.setdefault(number, set()).add(line.split(":")[0].strip())
    return found


def test_all_pharmacies_in_waves(cli: Cli, fleet: Fleet) -> None:
    names = [fleet.add(number, machines=2) for number in range(1, 8)]
    done = cli("rollout", str(fleet.play()), "--waves", "1,40%,100%")
    assert done.code == ExitCode.OK, done
    assert fleet.traces() == {f"o{one:04}-comptoir-{two}": 1 for one in range(1, 8) for two in (1, 2)}
    assert waves(done.out) == {1: set(names[:1]), 2: set(names[1:3]), 3: set(names[3:])}
    with closing(open_ledger(default_path())) as ledger:
        runs = query.runs(ledger, default_path())
    assert len(runs) == 7
    assert {one.state for one in runs} == {"ok"}
    (told,) = json.loads(cli.status("--json"))
    assert (told["state"], told["under_way"], len(told["pharmacies"])) == ("finished", False, 7)
    assert {one["run"] for one in told["pharmacies"]} == {one.id for one in runs}
    assert "finished" in cli.status()


def test_canaries_of_the_inventory_come_first(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, 6):
        fleet.add(number)
    (fleet.sources / "groups.yml").write_text("canary: {hosts: {o0004-comptoir-1: }}\n")
    done = cli("rollout", str(fleet.play()))
    assert done.code == ExitCode.OK, done
    assert waves(done.out)[1] == {"officine_0004"}


def test_a_failed_canary_stops_everything(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, 5):
        fleet.add(number)
    done = cli("rollout", str(fleet.play(body=FAILS.format("false", ["o0001-comptoir-1"]))))
    assert done.code == ExitCode.FAILED
    assert "wave 1: 1 of 1 pharmacies failed" in done.out
    assert "o0001-comptoir-1: Break" in done.out
    assert fleet.traces() == {}
    again = cli("rollout", "--resume")  # nothing has changed: the limit still holds
    assert again.code == ExitCode.FAILED
    assert fleet.traces() == {}


def test_after_the_cure_it_goes_on(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, 5):
        fleet.add(number)
    cure = fleet.folder / "cure"
    play = fleet.play(body=FAILS.format(f"test -e {cure}", ["o0002-comptoir-1"]))
    assert cli("rollout", str(play), "--waves", "1,2,100%").code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1}
    cure.touch()
    assert cli("rollout", str(play), "--resume", "--retry").code == ExitCode.OK
    assert fleet.traces() == {f"o{number:04}-comptoir-1": 1 for number in range(1, 5)}


def test_failures_below_the_limit_do_not_stop(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, 6):
        fleet.add(number)
    play = fleet.play(body=FAILS.format("false", ["o0003-comptoir-1"]))
    done = cli("rollout", str(play), "--waves", "1,100%", "--stop-after", "50%")
    assert done.code == ExitCode.FAILED  # one has failed, and that is said; the others have been served
    assert len(fleet.traces()) == 4
    assert "is finished" in done.out


def test_open_pharmacies_are_deferred_with_a_time(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    fleet.add(2, hours="24/7")
    fleet.add(3, garde="[{start: 2020-01-01T00:00:00+01:00, end: 2120-01-01T00:00:00+01:00}]")
    done = cli("rollout", str(fleet.play()))
    assert done.code == ExitCode.UNREACHABLE
    assert fleet.traces() == {"o0001-comptoir-1": 1}
    told = {one["id"]: one for one in json.loads(cli.status("--json"))[0]["pharmacies"]}
    assert {name: (one["state"], one["tries"]) for name, one in told.items()} == {
        "officine_0001": ("done", 1),
        "officine_0002": ("deferred", 0),
        "officine_0003": ("deferred", 0),
    }
    assert "does not close for 30 minutes" in told["officine_0002"]["reason"]


def test_at_any_time(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, hours="24/7")
    assert cli("rollout", str(fleet.play()), "--at", "any").code == ExitCode.OK
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_new_opening_hours_count_at_the_next_resume(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, hours="24/7")
    assert cli("rollout", str(fleet.play())).code == ExitCode.UNREACHABLE
    fleet.add(1)  # new opening hours
    told = cli("rollout", "--resume")
    assert told.code == ExitCode.OK, told
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_pharmacies_that_do_not_answer_are_deferred_not_failed(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    fleet.add(2, unreachable=(1,))
    fleet.add(3)
    done = cli("rollout", str(fleet.play()), "--waves", "1,2,100%", "--at", "any")
    # wave 2 is officine_0002 alone: nothing of it proves that wave 3 may begin
    assert done.code == ExitCode.UNREACHABLE, done
    assert fleet.traces() == {"o0001-comptoir-1": 1}
    assert "officine_0002: deferred" in done.out
    assert "next turn" in done.out


def test_one_that_does_not_answer_does_not_hold_up_the_next_wave(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    fleet.add(2, unreachable=(1,))
    fleet.add(3)
    fleet.add(4)
    done = cli("rollout", str(fleet.play()), "--waves", "1,3,100%", "--at", "any")
    assert done.code == ExitCode.UNREACHABLE, done
    assert set(fleet.traces()) == {"o0001-comptoir-1", "o0003-comptoir-1", "o0004-comptoir-1"}


def test_the_driver_gate_of_each_pharmacy(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1)
    fleet.add(2, machines=2, blocked=(1,))
    fleet.add(3, blocked=(1,))
    done = cli("rollout", str(fleet.play()))
    assert done.code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1, "o0002-comptoir-2": 1}
    assert "officine_0003: refused by the driver gate; 1 machine left out" in done.out
    assert "Switch the reader to PC/SC" in done.out
    fleet.add(3)  # the cure
    assert cli("rollout", "--resume").code == ExitCode.USAGE  # it has finished
    again = cli("rollout", "--resume", "--retry")
    assert again.code == ExitCode.FAILED  # the first machine of officine_0002 is still refused
    assert fleet.traces() == {"o0001-comptoir-1": 1, "o0002-comptoir-2": 2, "o0003-comptoir-1": 1}
    assert cli("rollout", str(fleet.play()), "--no-driver-gate").code == ExitCode.OK


def test_an_update_that_breaks_readers(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1)
    fleet.add(2, windows=(1,))
    done = cli("rollout", str(fleet.play()), "--update", "KB5066835")
    assert done.code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1}
    assert "kb5066835-smartcard-ksp" in done.out


def test_an_unknown_update_stops_it_before_it_begins(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1)
    done = cli("rollout", str(fleet.play()), "--update", "KB1")
    assert done.code == ExitCode.INVALID
    assert "not in the catalogue" in done.err
    assert "No rollout yet" in cli.status()


def test_check_mode_changes_nothing_and_is_a_rollout_of_its_own(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    target = fleet.folder / "target"
    play = fleet.write("site.yml", f"- hosts: all\n  tasks:\n    - file: {{path: {target}, state: touch}}\n")
    assert cli("rollout", str(play), "--check").code == ExitCode.OK
    assert not target.exists()
    assert cli("rollout", str(play)).code == ExitCode.OK
    assert target.exists()
    assert {one["name"] for one in json.loads(cli.status("--json"))} == {"site", "site-check"}


def test_a_rehearsal_stays_one_when_it_goes_on(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, hours="24/7")
    play = str(fleet.play())
    assert cli("rollout", play, "--check").code == ExitCode.UNREACHABLE
    assert (
        cli("rollout", "--name", "site-check", "--resume", "--at", "any").code == ExitCode.OK
    )  # without --check
    assert fleet.traces() == {}


def test_only_the_limit(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, 4):
        fleet.add(number, machines=2)
    assert cli("rollout", str(fleet.play()), "-l", "officine_0002:!o0002-comptoir-1").code == ExitCode.OK
    assert fleet.traces() == {"o0002-comptoir-2": 1}


def test_a_pharmacy_whose_file_is_broken_fails_alone(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    fleet.add(2, hours="24/7")
    assert cli("rollout", str(fleet.play()), "--waves", "100%").code == ExitCode.UNREACHABLE
    file = fleet.sources / "officines" / "officine_0002" / "pharmacy.yml"
    file.write_text("id: officine_0002\n")
    done = cli("rollout", "--resume", "--at", "any")
    assert done.code == ExitCode.FAILED
    assert str(file) in done.out
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_one_rollout_of_a_name_at_a_time(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    with RolloutLock(default_path().with_name("rollouts.sqlite"), "site"):
        done = cli("rollout", str(fleet.play()))
        assert done.code == ExitCode.FAILED
        assert "under way" in done.err
        assert cli("rollout", str(fleet.play()), "--name", "other").code == ExitCode.OK
    assert cli("rollout", str(fleet.play())).code == ExitCode.OK


def test_an_unfinished_rollout_is_not_begun_again_by_mistake(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, hours="24/7")
    play = str(fleet.play())
    assert cli("rollout", play).code == ExitCode.UNREACHABLE
    done = cli("rollout", play)
    assert done.code == ExitCode.FAILED
    assert "--anew" in done.err
    assert cli("rollout", play, "--anew", "--at", "any").code == ExitCode.OK


def test_changed_playbooks_are_not_mixed(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, hours="24/7")
    assert cli("rollout", str(fleet.play())).code == ExitCode.UNREACHABLE
    fleet.play(body=FAILS.format("true", []))
    done = cli("rollout", "--resume")
    assert done.code == ExitCode.FAILED
    assert "have changed" in done.err
    assert cli("rollout", "--resume-anyway").code == ExitCode.UNREACHABLE


def test_another_command_in_the_pharmacy_defers_it(cli: Cli, fleet: Fleet) -> None:
    from officefleet.continuity.database import default_path as store  # noqa: PLC0415  only here
    from officefleet.continuity.lock import PharmacyLock  # noqa: PLC0415  only here

    fleet.add(1)
    with PharmacyLock(store(), "officine_0001"):  # a swap is under way
        done = cli("rollout", str(fleet.play()))
    assert done.code == ExitCode.UNREACHABLE
    assert "another command works on officine_0001" in done.out
    assert fleet.traces() == {}


def test_the_waves_beforehand(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1)
    fleet.add(2, hours="24/7")
    done = cli("rollout", str(fleet.play()), "--list-waves")
    assert done.code == ExitCode.OK
    assert waves(done.out) == {1: {"officine_0001"}, 2: {"officine_0002"}}
    assert "never closed" in done.out
    assert fleet.traces() == {}
    assert "No rollout yet" in cli.status()


@pytest.mark.parametrize(
    "words",
    [
        ["--waves", "1,10%"],
        ["--waves", "20%,10%,100%"],
        ["--waves", "some,100%"],
        ["--stop-after", "0"],
        ["--stop-after", "1.5"],
        ["--outside-hours", "--at", "any"],
        ["--retry"],
        ["--anew", "--resume"],
        ["--name", "../x"],
        ["--pharmacies-at-once", "0"],
        ["--needs", "0"],
        ["--resume"],
    ],
)
def test_what_makes_no_sense(cli: Cli, fleet: Fleet, words: list[str]) -> None:
    fleet.add(1)
    done = cli("rollout", str(fleet.play()), *words)
    assert done.code == ExitCode.USAGE, done
    assert fleet.traces() == {}
