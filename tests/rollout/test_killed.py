"""A rollout that is killed or interrupted goes on; what was done is not done again."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cli, Fleet

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
PHARMACIES = 6
GATED = 3  # this pharmacy's machine waits for a file


def waiting_play(fleet: Fleet) -> tuple[str, Path]:
    """Return a playbook in which one machine says that it waits, then waits for a file; and that file."""
    go = fleet.folder / "go"
    body = (
        f"    - shell: touch {fleet.folder}/waits; until test -e {go}; do sleep 0.05; done\n"
        f"      when: inventory_hostname == 'o{GATED:04}-comptoir-1'\n"
    )
    return str(fleet.play(body=body)), go


def wait_for(fleet: Fleet, name: str) -> None:
    deadline = time.monotonic() + 60
    while not (fleet.folder / name).exists():
        assert time.monotonic() < deadline, f"{name} does not appear"
        time.sleep(0.02)


def test_a_killed_rollout_goes_on(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, PHARMACIES + 1):
        fleet.add(number)
    play, go = waiting_play(fleet)
    with cli.start("rollout", play, "--waves", "1,100%", "--pharmacies-at-once", "1") as process:
        wait_for(fleet, "waits")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    done = {f"o{number:04}-comptoir-1": 1 for number in range(1, GATED)}
    assert fleet.traces() == done
    assert "was killed" in cli.status()
    refused = cli("rollout", play)
    assert refused.code == ExitCode.FAILED
    assert "--resume" in refused.err
    go.touch()
    again = cli("rollout", "--resume")
    assert again.code == ExitCode.OK, again
    assert fleet.traces() == {f"o{number:04}-comptoir-1": 1 for number in range(1, PHARMACIES + 1)}
    assert "officine_0001" not in again.out  # it was done, and is not touched again


def test_ctrl_c_finishes_the_pharmacies_under_way(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, PHARMACIES + 1):
        fleet.add(number)
    play, go = waiting_play(fleet)
    with cli.start("rollout", play, "--waves", "100%", "--pharmacies-at-once", "1") as process:
        wait_for(fleet, "waits")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "is finished first" in process.stderr.readline()
        go.touch()
        out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "--resume" in err
    assert "Traceback" not in err
    assert f"officine_{GATED:04}: done" in out
    assert len(fleet.traces()) == GATED
    (told,) = json.loads(cli.status("--json"))
    assert (told["state"], told["reason"]) == ("waiting", "interrupted")
    assert cli("rollout", "--resume").code == ExitCode.OK
    assert len(fleet.traces()) == PHARMACIES


def test_ctrl_c_twice_ends_them_too(cli: Cli, fleet: Fleet) -> None:
    for number in range(1, PHARMACIES + 1):
        fleet.add(number)
    play, go = waiting_play(fleet)
    with cli.start("rollout", play, "--waves", "100%", "--pharmacies-at-once", "1") as process:
        wait_for(fleet, "waits")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "is finished first" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert "Each machine ends" in process.stderr.readline()  # a command under way is left to finish
        go.touch()
        _out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert "Traceback" not in err
    (told,) = json.loads(cli.status("--json"))
    states = [one["state"] for one in told["pharmacies"]]
    assert states == ["done"] * (GATED - 1) + ["running"] + ["pending"] * (PHARMACIES - GATED)
    assert set(fleet.traces()) <= {f"o{number:04}-comptoir-1" for number in range(1, GATED + 1)}
    assert cli("rollout", "--resume").code == ExitCode.OK
    assert len(fleet.traces()) == PHARMACIES
