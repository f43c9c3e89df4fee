"""Ctrl-C over real SSH: connections and ledger closed, one line that says how to go on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode
from officefleet.ledger import open_ledger, query

if TYPE_CHECKING:
    from conftest import Cli

    from officefleet.lab.sshd import SshFarm

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
PLAY = """\
- name: First
  hosts: host-01:host-02
  gather_facts: false
  tasks:
    - shell: echo first >> /srv/{mark}
- name: Second
  hosts: all
  gather_facts: false
  tasks:
    - shell: echo second >> /srv/{mark}
    - name: Wait
      shell: test -e /srv/{mark}.go || echo waiting; until test -e /srv/{mark}.go; do sleep 0.1; done
      when: inventory_hostname == 'host-03'
"""


def test_an_interrupted_run_goes_on_where_it_stopped(
    cli: Cli, ssh_farm: SshFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "interrupt-test"
    for name, value in ssh_farm.environment().items():
        monkeypatch.setenv(name, value)
    ssh_farm.write_inventory(cli.folder / "hosts.yml")
    cli.write("site.yml", PLAY.format(mark=mark))
    traces = {host.name: host.folder / "srv" / mark for host in ssh_farm.hosts}
    with subprocess.Popen(
        [sys.executable, "-c", "from officefleet.cli.app import main; main()", "run", "site.yml", "-i", "hosts.yml", "--output", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        done = 0
        for line in process.stdout:  # until the last host sleeps and all others are through
            done += '"host_finished"' in line
            if done == 5 and '"waiting"' in line:
                break
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=20)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert time.monotonic() - begun < 5
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert '"status":"unreachable"' not in out  # that is not what happened
    found = re.search(r"--resume ([0-9a-f]{12})$", err.strip())
    assert found
    path = Path(os.environ["OFFICEFLEET_LEDGER"])
    with closing(open_ledger(path)) as ledger:
        assert query.run(ledger, path, found[1]).state == "interrupted"

    # A command under way is left to finish: a package installation that is cut off is worse than one too many.
    (traces["host-03"].with_name(f"{mark}.go")).touch()
    _wait_until_gone(f"{mark}.go")
    again = cli("run", "site.yml", "-i", "hosts.yml", "--resume", found[1])
    assert again.code == ExitCode.OK, again
    lines = {name: trace.read_text().split() for name, trace in traces.items()}
    assert lines == {
        "host-01": ["first", "second"],
        "host-02": ["first", "second"],
        "host-03": ["second", "second"],  # only this host had not finished its play
        "host-04": ["second"],
    }
    assert "First" not in again.out


def _wait_until_gone(command: str) -> None:
    deadline = time.monotonic() + 10
    wanted = command.encode()
    while any(
        wanted in _read(entry / "cmdline") for entry in Path("/proc").iterdir() if entry.name.isdigit()
    ):
        assert time.monotonic() < deadline, f"{command} still runs"
        time.sleep(0.02)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_a_command_that_asks_says_that_it_was_interrupted(cli: Cli) -> None:
    command = [sys.executable, "-c", "from officefleet.cli.app import main; main()", "drivers", "scan-test"]
    with subprocess.Popen(
        command, cwd=cli.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        shown = b""
        while b"Enter" not in shown:
            read = os.read(process.stdout.fileno(), 4096)
            assert read, shown
            shown += read
        process.send_signal(signal.SIGINT)
        _out, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (130, b"Interrupted.\n")
