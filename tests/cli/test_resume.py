"""`--resume` on local hosts; over SSH and after Ctrl-C in test_interrupt.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Cli

PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - shell: echo one-{{ inventory_hostname }} >> trace
- hosts: all
  gather_facts: false
  tasks:
    - shell: echo two-{{ inventory_hostname }} >> trace
    - shell: test -e go || { echo waiting; until test -e go; do sleep 0.1; done; }
      when: inventory_hostname == 'h2'
"""


@pytest.fixture
def killed(cli: Cli) -> Iterator[str]:
    """A run that was killed outright while h2 was in the second play; returns its id."""
    cli.write("site.yml", PLAY)
    command = [sys.executable, "-c", "from officefleet.cli.app import main; main()"]
    with subprocess.Popen(
        [*command, "run", "site.yml", "-i", "h1,h2,", "-c", "local", "--output", "json", "-e", "a=1"],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if '"waiting"' in line:
                break
        while True:  # the ledger is written a moment after the event
            listed = cli("ledger", "show", "--json", _run_id(lines[0])).out
            if '"two-h1' in listed or listed.count('"task": "shell"') >= 4:
                break
        os.killpg(process.pid, signal.SIGKILL)
    yield _run_id(lines[0])
    cli.write("go", "")  # what was under way on the hosts ends


def _run_id(line: str) -> str:
    return line.split('"run":"')[1][:12]


def test_hosts_that_finished_a_play_are_left_out(cli: Cli, killed: str) -> None:
    assert "killed" in cli("ledger", "list").out
    cli.write("go", "")
    found = cli.local("site.yml", "--resume", "-e", "a=1")
    assert found.code == ExitCode.OK, found
    lines = sorted(cli.lines("trace"))
    assert lines == ["one-h1", "one-h2", "two-h1", "two-h2", "two-h2"]
    listed = cli("ledger", "list").out
    assert f"goes on with {killed}" in listed
    again = cli.local("site.yml", "--resume", "-e", "a=1")
    assert again.code == ExitCode.INVALID  # it has been resumed
    assert "no interrupted run" in again.err


def test_playbooks_and_limit_come_from_the_ledger(cli: Cli, killed: str) -> None:
    cli.write("go", "")
    found = cli.local("--resume", killed[:6], "-e", "a=1")
    assert found.code == ExitCode.OK, found
    assert sorted(cli.lines("trace"))[-2:] == ["two-h2", "two-h2"]


def test_a_changed_playbook_is_refused_unless_that_is_wanted(cli: Cli, killed: str) -> None:
    cli.write("go", "")
    cli.write("site.yml", PLAY + "    - debug: {msg: new}\n")
    found = cli.local("site.yml", "--resume", "-e", "a=1")
    assert found.code == ExitCode.FAILED
    assert killed in found.err
    assert "--resume-anyway" in found.err
    before = cli.lines("trace")
    assert cli.local("site.yml", "--resume", "--resume-anyway", "-e", "a=1").code == ExitCode.OK
    assert cli.lines("trace")[len(before) :] == ["two-h2"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-C", "-e", "a=1"], ExitCode.USAGE),
        (["-t", "x", "-e", "a=1"], ExitCode.FAILED),
        ([], ExitCode.FAILED),
    ],
)
def test_other_options_are_refused(cli: Cli, killed: str, arguments: list[str], code: ExitCode) -> None:
    before = cli.lines("trace")
    assert cli.local("site.yml", "--resume", *arguments).code == code
    assert cli.lines("trace") == before
    assert killed


def test_other_playbooks_are_refused(cli: Cli, killed: str) -> None:
    cli.write("other.yml", PLAY)
    found = cli.local("other.yml", "--resume", killed, "-e", "a=1")
    assert found.code == ExitCode.USAGE
    assert "site.yml" in found.err


def test_a_failed_run_can_be_resumed_by_its_id(cli: Cli) -> None:
    cli.write("site.yml", PLAY.replace("test -e go ||", "test -e go || exit 1;"))
    assert cli.local("site.yml").code == ExitCode.FAILED
    run = cli("ledger", "list").out.split()[0]
    Path("trace").unlink()
    cli.write("go", "")
    assert cli.local("site.yml", "--resume", run).code == ExitCode.OK
    assert cli.lines("trace") == ["two-h2"]


def test_without_a_ledger(cli: Cli) -> None:
    cli.write("site.yml", PLAY)
    found = cli.local("site.yml", "--resume")
    assert found.code == ExitCode.INVALID
    assert "no ledger" in found.err


def test_ledger_show_and_search(cli: Cli) -> None:
    cli.write(
        "site.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Galss\n      shell: echo échoué >&2; exit 4\n",
    )
    cli.local("site.yml", hosts="h1,")
    run = cli("ledger", "list").out.split()[0]
    shown = cli("ledger", "show", run).out
    assert "h1: failed: Galss" in shown
    assert "| échoué" in shown
    assert run in cli("ledger", "search", "echoue").out
    assert "0 results" in cli("ledger", "search", "galss", "nothing").out
    assert cli("ledger", "show", "zzzz").code == ExitCode.INVALID
