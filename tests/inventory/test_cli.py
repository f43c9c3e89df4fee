from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from officefleet.cli.app import run
from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import FleetFolder


class Command:
    """Runs ``officefleet inventory`` on the test's fleet."""

    def __init__(self, fleet: FleetFolder, capsys: pytest.CaptureFixture[str]) -> None:
        self.fleet = fleet
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = run(["inventory", *arguments, "-i", str(self.fleet.root)])
        out, err = self._capsys.readouterr()
        return code, out, err


@pytest.fixture
def command(
    fleet: FleetFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.setenv("OFFICEFLEET_CACHE", str(tmp_path / "cache"))
    return Command(fleet, capsys)


def test_hosts_prints_one_name_a_line(command: Command) -> None:
    code, out, _err = command("hosts", "officine_0421:&comptoir:!secours")
    assert (code, out) == (ExitCode.OK, "o0421-comptoir-1\no0421-comptoir-2\n")
    code, out, _err = command("hosts", "nas", "-l", "officine_0422", "--json")
    assert json.loads(out) == ["o0422-nas-1"]


def test_an_unknown_name_exits_with_a_hint(command: Command) -> None:
    code, out, err = command("hosts", "comptoirs")
    assert (code, out) == (ExitCode.INVALID, "")
    assert "did you mean 'comptoir'?" in err


def test_list_shows_a_row_for_each_host(command: Command) -> None:
    command.fleet.write("more.ini", "router.example ansible_host=192.0.2.1\n")
    code, out, _err = command("list")
    lines = out.splitlines()
    assert code == ExitCode.OK
    assert lines[0].split() == ["Host", "Pharmacy", "Kind", "System", "Address"]
    assert lines[1].split() == [
        "o0421-comptoir-1",
        "officine_0421",
        "comptoir",
        "debian",
        "12",
        "10.1.165.10",
    ]
    assert lines[-2].split() == ["router.example", "-", "-", "-", "192.0.2.1"]
    assert lines[-1] == "9 hosts"
    code, out, _err = command("list", "officine_0422", "--json")
    assert [row["host"] for row in json.loads(out)] == [
        "o0422-comptoir-1",
        "o0422-comptoir-2",
        "o0422-secours-1",
        "o0422-nas-1",
    ]


def test_show_merges_variables(command: Command) -> None:
    command.fleet.write("group_vars/nas.yml", "shares: [sauvegarde]\n")
    code, out, _err = command("show", "o0421-nas-1")
    found = yaml.safe_load(out)
    assert code == ExitCode.OK
    assert found["variables"]["shares"] == ["sauvegarde"]
    assert found["groups"][0] == "debian"
    assert json.loads(command("show", "o0421-nas-1", "--json")[1]) == found
    assert command("show", "comptoir")[0] == ExitCode.USAGE


def test_graph_draws_the_tree(command: Command) -> None:
    code, out, _err = command("graph", "region_bretagne")
    assert code == ExitCode.OK
    assert out.splitlines() == [
        "@region_bretagne:",
        "  @officine_0421:",
        "    o0421-comptoir-1",
        "    o0421-comptoir-2",
        "    o0421-secours-1",
        "    o0421-nas-1",
    ]
    found = json.loads(command("graph", "--json")[1])
    assert found["region_grand_est"]["children"] == ["officine_0422"]
    assert found["nas"]["hosts"] == ["o0421-nas-1", "o0422-nas-1"]
    assert command("graph", "region_bretange")[0] == ExitCode.INVALID
    assert command("graph", "o0421-nas-1")[0] == ExitCode.USAGE


def test_check_says_what_is_wrong_and_exits_so(command: Command) -> None:
    code, out, _err = command("check")
    assert (code, out) == (ExitCode.OK, "2 pharmacies, 8 hosts: no contradiction.\n")
    command.fleet.pharmacy(421, groupement="horizon-sant")
    code, _out, err = command("check")
    assert code == ExitCode.INVALID
    assert "unknown groupement 'horizon-sant'" in err
    assert "did you mean 'horizon-sante'?" in err
    code, out, _err = command("check", "--json")
    assert code == ExitCode.INVALID
    assert json.loads(out)[0]["place"] == f"{command.fleet.file(421)}:3:13"


def test_generate_writes_a_fleet_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "made")
    assert run(["inventory", "generate", folder, "--pharmacies", "5"]) == ExitCode.OK
    assert "5 pharmacies with 40 machines" in capsys.readouterr().out
    assert run(["inventory", "generate", folder]) == ExitCode.USAGE
    assert run(["inventory", "generate", str(tmp_path / "x"), "--pharmacies", "0"]) == ExitCode.USAGE
