"""A rollout over two pharmacies of real hosts, one of them cut off from the head office."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.errors import ExitCode
from officefleet.lab.lab import Lab
from officefleet.lab.privilege import PrivilegeError
from officefleet.lab.topology import choose
from officefleet.lab.wan import Wan

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600), pytest.mark.xdist_group("lab")]
INVENTORY = Path(__file__).parents[2] / "inventory"
MAIN = "from officefleet.cli.app import main; main()"
PLAY = """
- hosts: debian
  become: true
  gather_facts: false
  tasks:
    - name: Leave a trace
      ansible.builtin.copy: {content: "rolled out\\n", dest: /srv/rollout-test, mode: "0644"}
"""


@pytest.fixture(scope="module")
def two_pharmacies() -> Iterator[Lab]:
    running = Lab(f"test-rollout-{os.getpid()}", choose([INVENTORY], ["officine_0421", "officine_0422"]))
    try:
        running.up()
    except PrivilegeError as error:
        pytest.skip(f"no lab here: {error}")
    yield running
    running.down()


def test_a_pharmacy_that_is_cut_off_is_deferred_and_comes_later(two_pharmacies: Lab, tmp_path: Path) -> None:
    lab = two_pharmacies
    environment = {
        **os.environ,
        **lab.environment(),
        "OFFICEFLEET_LEDGER": str(tmp_path / "ledger.sqlite"),
        "OFFICEFLEET_CONTINUITY": str(tmp_path / "continuity.sqlite"),
        "OFFICEFLEET_LANG": "en",
    }
    play = tmp_path / "play.yml"
    play.write_text(PLAY, encoding="utf-8")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = lab.command([sys.executable, "-c", MAIN, *words])
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )

    def pharmacies() -> dict[str, dict[str, Any]]:
        (told,) = json.loads(call("rollout", "status", "--json").stdout)
        return {one["id"]: one for one in told["pharmacies"]}

    sources = ("-i", str(INVENTORY))
    trusted = call("trust", "all", "--yes", *sources)
    assert trusted.returncode == ExitCode.OK, trusted.stderr
    lab.wan("officine_0422", Wan(cut=True))
    first = call("rollout", str(play), "--at", "any", "--timeout", "2", *sources)
    assert first.returncode == ExitCode.UNREACHABLE, first.stdout + first.stderr
    found = pharmacies()
    assert (found["officine_0421"]["state"], found["officine_0421"]["machines_ok"]) == ("done", 4)
    assert (found["officine_0422"]["state"], found["officine_0422"]["tries"]) == ("deferred", 1)
    assert found["officine_0422"]["due"]
    lab.wan("officine_0422", Wan())
    second = call("rollout", "--resume", "--at", "any")
    assert second.returncode == ExitCode.OK, second.stdout + second.stderr
    again = pharmacies()
    assert again["officine_0421"] == found["officine_0421"]  # not touched a second time
    assert (again["officine_0422"]["state"], again["officine_0422"]["tries"]) == ("done", 2)
