"""Every error has one place, an excerpt and at most one hint, a documented exit code, and touches nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from conftest import Cli

    from officefleet.lab.sshd import SshFarm

CASES = yaml.safe_load(Path(__file__).with_name("error_cases.yml").read_text(encoding="utf-8"))
TOUCH = """\
- hosts: all
  gather_facts: false
  tasks:
    - shell: echo touched >> {trace}
"""


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_error_before_the_run(cli: Cli, case: dict[str, Any]) -> None:
    for name, text in case["files"].items():
        if isinstance(text, str):
            text = text.replace("TOUCH\n", TOUCH.format(trace=cli.folder / "trace"))  # noqa: PLW2901  filled in
        cli.write(name, text)
    found = cli("run", *case.get("run", ["site.yml", "-i", "h1,h2,", "-c", "local"]))
    said = found.err
    assert found.code == case["code"], found
    assert cli.lines("trace") == []
    assert "Traceback" not in said
    assert case["message"] in said
    heads = [line for line in said.splitlines() if re.match(r"(\S+: )?error: ", line)]
    assert len(heads) == 1, said
    if "place" in case:
        assert re.match(rf"\S*{case['place']}: error: ", heads[0]), heads[0]
        if re.search(r":\d+:\d+: error: ", heads[0]):
            assert re.search(r"^ +\| +\^$", said, re.MULTILINE), said
    hints = [line for line in said.splitlines() if line.startswith("  hint: ")]
    assert len(hints) <= 1
    if "hint" in case:
        assert case["hint"] in hints[0]


def test_several_errors_are_told_in_one_pass(cli: Cli) -> None:
    cli.write(
        "site.yml",
        "- hosts: all\n  tasks:\n    - cpy: {}\n    - copy: {dst: /x}\n    - file: {path: /x, mod: 1}\n",
    )
    found = cli.local("site.yml")
    assert found.code == ExitCode.INVALID
    places = re.findall(r"^(\S+): error: ", found.err, re.MULTILINE)
    assert [place.rpartition("/")[2] for place in places] == [
        "site.yml:3:7",
        "site.yml:4:14",
        "site.yml:5:24",
    ]


def test_nothing_is_changed_before_all_of_the_plays_have_been_checked(cli: Cli) -> None:
    """The fault stands in the last task of a role of the last play of the second playbook."""
    cli.write("one.yml", TOUCH.format(trace=cli.folder / "trace"))
    cli.write("two.yml", "- hosts: all\n  gather_facts: false\n  roles: [deep]\n")
    cli.write("roles/deep/tasks/main.yml", "- include_tasks: part.yml\n")
    cli.write("roles/deep/tasks/part.yml", "- debug: {msg: fine}\n- lineinfle: {path: /x}\n")
    found = cli.local("one.yml", "two.yml")
    assert found.code == ExitCode.INVALID
    assert "part.yml:2:3" in found.err
    assert "did you mean lineinfile?" in found.err
    assert cli.lines("trace") == []
    cli.write("roles/deep/tasks/part.yml", "- debug: {msg: fine}\n")
    assert cli.local("one.yml", "two.yml").code == ExitCode.OK
    assert cli.lines("trace") == ["touched", "touched"]  # two hosts, once each


def test_a_run_that_is_refused_leaves_nothing_to_resume(cli: Cli) -> None:
    cli.write("site.yml", "- hosts: nobody\n  tasks: []\n")
    assert cli.local("site.yml").code == ExitCode.INVALID
    assert cli("ledger", "list").out == ""


def test_an_undefined_variable(cli: Cli) -> None:
    cli.write(
        "site.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Say\n      debug: {msg: '{{ nope }}'}\n",
    )
    found = cli.local("site.yml", hosts="h1,")
    assert found.code == ExitCode.FAILED
    assert "h1: failed: Say" in found.out
    assert "site.yml:5:" in found.out
    assert "nope" in found.out
    assert found.out.count("hint:") == 1


def test_a_missing_source_file(cli: Cli) -> None:
    cli.write(
        "site.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - template: {src: no.j2, dest: /tmp/never}\n",
    )
    found = cli.local("site.yml", hosts="h1,")
    assert found.code == ExitCode.FAILED
    assert "no.j2" in found.out
    assert "site.yml:4:" in found.out


def ping(cli: Cli, farm: SshFarm) -> tuple[str, ...]:
    farm.write_inventory(cli.folder / "hosts.yml")
    cli.write("ping.yml", "- hosts: host-01\n  gather_facts: false\n  tasks:\n    - ping:\n")
    return ("run", "ping.yml", "-i", "hosts.yml")


def test_an_unknown_host_key(cli: Cli, ssh_farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICEFLEET_KNOWN_HOSTS", str(cli.folder / "known_hosts"))
    found = cli(*ping(cli, ssh_farm))
    assert found.code == ExitCode.UNREACHABLE
    assert ssh_farm.fingerprints()["host-01"] in found.out
    assert found.out.count("hint:") == 1
    assert "officefleet trust host-01" in found.out


def test_a_host_that_refuses_the_key(cli: Cli, ssh_farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> None:
    from officefleet.lab.keys import make_key  # noqa: PLC0415  only here

    monkeypatch.setenv("OFFICEFLEET_KNOWN_HOSTS", str(ssh_farm.known_hosts))
    arguments = ping(cli, ssh_farm)
    other = cli.folder / "other_key"
    make_key(other, comment="nobody")
    text = (cli.folder / "hosts.yml").read_text().replace(str(ssh_farm.private_key), str(other))
    cli.write("hosts.yml", text)
    found = cli(*arguments)
    assert found.code == ExitCode.UNREACHABLE
    assert "refused" in found.out
    assert found.out.count("hint:") == 1
    assert "--private-key" in found.out


def test_a_host_that_is_not_there(cli: Cli, ssh_farm: SshFarm) -> None:
    arguments = ping(cli, ssh_farm)
    port = ssh_farm.hosts[0].port
    text = (cli.folder / "hosts.yml").read_text().replace(f"ansible_port: {port}", "ansible_port: 1")
    cli.write("hosts.yml", text)
    found = cli(*arguments)
    assert found.code == ExitCode.UNREACHABLE
    assert "1 unreachable" in found.out
    assert "failed" not in found.out.split("Recap")[1].split("\n\n")[1]


def test_an_unknown_option(cli: Cli) -> None:
    found = cli("run", "site.yml", "--chek")
    assert found.code == ExitCode.USAGE
    assert "--chek" in found.err


def test_an_unknown_command(cli: Cli) -> None:
    assert cli("rnu").code == ExitCode.USAGE


def test_an_error_of_our_own_has_its_own_exit_code(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("officefleet.cli.validation.find_targets", fail)
    found = cli("validate")
    assert found.code == ExitCode.BUG
    assert "ZeroDivisionError" in found.err
    assert "report" in found.err
