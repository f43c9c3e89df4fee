"""The driver gate in `officefleet run`: who is left out, what is said, what it reads."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from officefleet.continuity.binder.binder import Binder, Keys
from officefleet.continuity.database import default_path as continuity_path
from officefleet.continuity.database import open_store
from officefleet.errors import ExitCode
from officefleet.inventory import load_inventory
from officefleet.ledger import default_path, open_ledger, query
from officefleet.rollout.gate import DriverGate

if TYPE_CHECKING:
    from conftest import Cli, Fleet


def test_a_blocked_machine_is_left_out_and_the_others_go_on(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=3, blocked=(2,))
    done = cli("run", str(fleet.play()), "--no-ledger")
    assert done.code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1, "o0001-comptoir-3": 1}
    (line,) = [one for one in (done.out + done.err).splitlines() if "left out" in one]
    assert "o0001-comptoir-2" in line
    assert "does not run Windows" in line
    assert "Switch the reader to PC/SC" in line
    assert "galss-needs-windows" in line


def test_it_speaks_french(cli: Cli, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_LANG", "fr")
    fleet.with_catalog().add(1, blocked=(1,))
    done = cli("run", str(fleet.play()), "--no-ledger")
    assert "Passer le lecteur en PC/SC" in done.out + done.err


def test_all_machines_refused_touches_none(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=2, blocked=(1, 2))
    assert cli("run", str(fleet.play()), "--no-ledger").code == ExitCode.FAILED
    assert fleet.traces() == {}


def test_without_the_gate(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, blocked=(1,))
    assert cli("run", str(fleet.play()), "--no-ledger", "--no-driver-gate").code == ExitCode.OK
    assert fleet.traces() == {"o0001-comptoir-1": 1}


@pytest.mark.parametrize("value", ["false", "'no'", '"{{ 1 > 2 }}"'])
def test_a_play_that_is_the_cure(cli: Cli, fleet: Fleet, value: str) -> None:
    fleet.with_catalog().add(1, blocked=(1,))
    play = fleet.play(head=f"  vars: {{officefleet_driver_gate: {value}}}\n")
    assert cli("run", str(play), "--no-ledger").code == ExitCode.OK
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_the_cure_does_not_open_the_gate_for_other_plays(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=2, blocked=(1,))
    cure = fleet.play(name="cure.yml", head="  vars: {officefleet_driver_gate: false}\n")
    assert cli("run", str(cure), str(fleet.play()), "--no-ledger").code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1, "o0001-comptoir-2": 2}


def test_a_command_line_variable_closes_it_again(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, blocked=(1,))
    play = fleet.play(head="  vars: {officefleet_driver_gate: false}\n")
    assert cli("run", str(play), "--no-ledger", "-e", "officefleet_driver_gate=true").code == ExitCode.FAILED


def test_hosts_of_no_fleet_are_not_judged(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, blocked=(1,))
    (fleet.sources / "others.yml").write_text(
        "elsewhere: {hosts: {mini-pc: {ansible_connection: local, ansible_python_interpreter: python3}}}\n"
    )
    assert cli("run", str(fleet.play(hosts="elsewhere")), "--no-ledger").code == ExitCode.OK
    assert fleet.traces() == {"mini-pc": 1}


def test_only_the_pharmacies_of_the_run_are_read(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=2, blocked=(2,))
    other = fleet.sources / "officines" / fleet.add(2) / "pharmacy.yml"
    other.write_text("this: is no pharmacy\n")  # reading it would be an error
    done = cli("run", str(fleet.play()), "--no-ledger", "-l", "officine_0001")
    assert done.code == ExitCode.FAILED
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_a_broken_catalogue_stops_the_run_before_it_begins(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1)
    (fleet.sources / "catalog" / "rules" / "broken.yml").write_text("id: broken\nverdict: perhaps\n")
    done = cli("run", str(fleet.play()), "--no-ledger")
    assert done.code == ExitCode.INVALID
    assert "broken.yml" in done.err
    assert fleet.traces() == {}


def test_a_resumed_run_judges_again(cli: Cli, fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=2, blocked=(2,))
    go = fleet.folder / "go"
    play = fleet.play(body=f"    - command: test -e {go}\n")
    assert cli("run", str(play)).code == ExitCode.FAILED
    with closing(open_store(continuity_path())) as store:
        [page] = Binder(store).search(
            keys=Keys(machine="o0001-comptoir-2")
        )  # the blocked driver files itself
    assert (page.pharmacy, page.origin.value, page.tags[0]) == ("officine_0001", "driver", "driver")
    go.touch()
    with closing(open_ledger(default_path())) as ledger:
        (run,) = query.runs(ledger, default_path())
    assert cli("run", str(play), "--resume", run.id).code == ExitCode.FAILED  # one machine is still left out
    assert fleet.traces() == {"o0001-comptoir-1": 1}


def test_a_fleet_without_a_catalogue_has_no_gate(cli: Cli, fleet: Fleet) -> None:
    fleet.add(1, blocked=(1,))
    assert cli("run", str(fleet.play()), "--no-ledger").code == ExitCode.OK


def test_without_a_fleet_nothing_is_read(fleet: Fleet) -> None:
    inventory = load_inventory(["h1,h2,"])
    gate = DriverGate(fleet.folder / "no-such-folder")
    assert gate.refusals(inventory, ["h1", "h2"]) == []
    assert gate._catalog is None


def test_what_an_update_would_break(fleet: Fleet) -> None:
    fleet.with_catalog().add(1, machines=3, windows=(1,), blocked=(2,))
    inventory = load_inventory([fleet.sources])
    hosts = list(inventory.hosts)
    (now,) = DriverGate(fleet.sources / "catalog").refusals(inventory, hosts)
    assert now.host == "o0001-comptoir-2"
    (after,) = DriverGate(fleet.sources / "catalog", update="KB5066835").refusals(inventory, hosts)
    assert (after.host, after.rule) == ("o0001-comptoir-1", "kb5066835-smartcard-ksp")


def test_the_shipped_cures_pass_the_gate() -> None:
    from pathlib import Path  # noqa: PLC0415  only here

    from officefleet.engine.run import prepare  # noqa: PLC0415  only here

    folder = Path(__file__).parents[2] / "playbooks"
    for name in (
        "verify-drivers",
        "stage-drivers",
        "swap-spare",
        "swap-back",
        "fence-poste",
        "provision-spare",
    ):
        for play in prepare([folder / f"{name}.yml"], {}).plays:
            assert play.vars["officefleet_driver_gate"] is False, name
