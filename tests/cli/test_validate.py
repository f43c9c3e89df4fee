from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from conftest import Cli

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def repository(cli: Cli) -> Cli:
    """A sound repository with one pharmacy, one playbook, one role in use and one that nothing uses."""
    assert cli("inventory", "generate", "inventory", "--pharmacies", "2").code == ExitCode.OK
    cli.write("ansible.cfg", "[defaults]\nroles_path = roles\n")
    cli.write(
        "playbooks/site.yml",
        "- hosts: comptoir\n  roles: [poste]\n  tasks:\n    - include_tasks: more.yml\n"
        "  handlers:\n    - name: restart {{ lgo }}\n      debug: {msg: x}\n      listen: galss\n",
    )
    cli.write(
        "playbooks/more.yml",
        "- debug: {msg: x}\n  changed_when: true\n  notify: [galss, restart winpharma, reload, 'poste : reload']\n",
    )
    cli.write("playbooks/vars.yml", "a: 1\n")
    cli.write("roles/poste/tasks/main.yml", "- debug: {msg: x}\n  notify: reload\n")
    cli.write("roles/poste/handlers/main.yml", "- name: reload\n  debug: {msg: x}\n")
    cli.write("roles/unused/tasks/main.yml", "- debug: {msg: x}\n  notify: a handler of the play\n")
    return cli


def problems(cli: Cli, *arguments: str) -> list[tuple[str, str]]:
    """Return (place, message) of what `validate --json` finds."""
    found = cli("validate", "--json", *arguments)
    listed = json.loads(found.out)["problems"]
    assert found.code == (ExitCode.INVALID if listed else ExitCode.OK)
    return [(f"{one['file']}:{one['line']}:{one['column']}", one["message"]) for one in listed]


def test_a_sound_repository(repository: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_options: object) -> None:
        pytest.fail("a host was touched")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    found = repository("validate")
    assert found.code == ExitCode.OK, found.out
    assert found.out.startswith("2 pharmacies, ")
    assert "1 playbooks, 1 plays, 2 roles: no problem found" in found.out
    counts = json.loads(repository("validate", "--json").out)
    assert (counts["pharmacies"], counts["playbooks"], counts["roles"]) == (2, 1, 2)


def test_every_kind_of_problem_in_one_pass_sorted_by_place(repository: Cli) -> None:
    home = min(Path("inventory/officines").iterdir())
    text = (home / "pharmacy.yml").read_text()
    repository.write(f"{home}/pharmacy.yml", text.replace("kind: comptoir", "kind: comptoirr", 1))
    repository.write("inventory/group_vars/all.yml", "a: [\n")
    repository.write("playbooks/other.yml", "- hosts: nobody_here\n  tasks:\n    - cpy: {}\n")
    repository.write(
        "playbooks/site.yml", Path("playbooks/site.yml").read_text() + "- hosts: all\n  rolse: []\n"
    )
    repository.write("roles/unused/tasks/extra.yml", "- debug: {mgs: x}\n")
    found = problems(repository)
    places = [place for place, _message in found]
    assert places == sorted(places, key=lambda place: (place.split(":")[0], int(place.split(":")[1])))
    messages = "\n".join(f"{place} {message}" for place, message in found)
    for part in (
        "inventory/group_vars/all.yml:2:1",
        f"{home}/pharmacy.yml:",
        "playbooks/other.yml:3:7 unknown module 'cpy'",
        "playbooks/site.yml:10:3 a play has no keyword 'rolse'",
        "roles/unused/tasks/extra.yml:1:11 Unsupported parameters for (debug) module: mgs",
    ):
        assert part in messages, messages


@pytest.mark.parametrize(
    ("hosts", "place", "message"),
    [
        ("comptoirr", "site.yml:1:10", "comptoirr"),
        ("comptoir:!comptoir", "site.yml:1:10", "no host matches"),
        ("[comptoir, nowhere]", "site.yml:1:10", "nowhere"),
    ],
)
def test_patterns_that_match_nothing(repository: Cli, hosts: str, place: str, message: str) -> None:
    repository.write("playbooks/site.yml", f"- hosts: {hosts}\n  tasks: []\n")
    ((found, said),) = problems(repository)
    assert found.endswith(place)
    assert message in said


@pytest.mark.parametrize("hosts", ["localhost", "'{{ target }}'", "all", "comptoir[0]"])
def test_patterns_that_are_no_problem(repository: Cli, hosts: str) -> None:
    repository.write("playbooks/site.yml", f"- hosts: {hosts}\n  tasks: []\n")
    assert problems(repository) == []


def test_groups_that_a_play_makes_are_no_problem(repository: Cli) -> None:
    repository.write(
        "playbooks/site.yml",
        "- hosts: all\n  tasks:\n    - group_by: {key: 'os_{{ x }}'}\n- hosts: os_debian\n  tasks: []\n",
    )
    assert problems(repository) == []


def test_handlers_that_nobody_answers(repository: Cli) -> None:
    repository.write(
        "roles/poste/tasks/main.yml", "- debug: {msg: x}\n  notify:\n    - reload\n    - relaod\n"
    )
    repository.write("playbooks/more.yml", "- debug: {msg: x}\n  notify: restart\n")
    found = problems(repository)
    assert [place for place, _message in found] == [
        "playbooks/more.yml:2:11",
        "roles/poste/tasks/main.yml:4:7",
    ]
    assert "did you mean reload?" in repository("validate").out


def test_a_handler_may_come_from_a_role_that_is_included(repository: Cli) -> None:
    repository.write(
        "playbooks/site.yml",
        "- hosts: all\n  tasks:\n    - include_role: {name: poste}\n    - debug: {msg: x}\n      notify: reload\n",
    )
    assert problems(repository) == []
    repository.write(
        "playbooks/site.yml",
        "- hosts: all\n  tasks:\n    - include_role: {name: '{{ which }}'}\n    - debug: {msg: x}\n      notify: any\n",
    )
    assert problems(repository) == []  # it cannot be known


def test_paths_choose_what_is_checked(repository: Cli) -> None:
    repository.write("roles/unused/tasks/main.yml", "- cpy: {}\n")
    assert problems(repository, "playbooks") == []
    assert problems(repository, "playbooks/site.yml") == []
    assert problems(repository, "inventory") == []
    assert [place for place, _message in problems(repository, "roles/unused")] == [
        "roles/unused/tasks/main.yml:1:3"
    ]
    assert repository("validate", "nowhere").code == ExitCode.USAGE


def test_a_playbook_is_checked_without_any_inventory(cli: Cli) -> None:
    cli.write("x.yml", "- hosts: whoever\n  tasks: []\n")
    assert cli("validate", "x.yml").code == ExitCode.OK
    assert cli("validate").code == ExitCode.OK  # the folder itself holds it
    cli.write("hosts.ini", "[web]\nh1\n")
    found = cli("validate", "x.yml", "-i", "hosts.ini")
    assert found.code == ExitCode.INVALID
    assert "whoever" in found.out


def test_nothing_to_validate(cli: Cli) -> None:
    assert cli("validate").code == ExitCode.USAGE


def test_files_for_other_programs(repository: Cli) -> None:
    repository.write("playbooks/site.yml", "- hosts: all\n  tasks:\n    - cpy: {}\n")
    assert repository("validate", "--junit", "j.xml", "--sarif", "s.sarif").code == ExitCode.INVALID
    suite = ET.parse("j.xml").getroot().find("testsuite")  # noqa: S314  our own file
    assert suite is not None
    assert suite.get("failures") == "1"
    assert {case.get("name") for case in suite} >= {"playbooks/site.yml", "inventory", "roles/poste"}
    (result,) = json.loads(Path("s.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "playbooks/site.yml"
    assert repository("validate", "--junit", "no/such/folder").code == ExitCode.USAGE


def test_the_shipped_repository_is_sound(cli: Cli) -> None:
    found = cli("validate", str(REPOSITORY))
    assert found.code == ExitCode.OK, found.out
