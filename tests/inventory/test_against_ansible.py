"""The same sources through officefleet and through ansible-core: same hosts, groups, variables, patterns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from officefleet.inventory import load_inventory

pytestmark = pytest.mark.differential
pytest.importorskip("ansible", reason="ansible-core is a development dependency")

HERE = Path(__file__).parent
SOURCES = [str(HERE / "ansible" / "hosts.ini"), str(HERE / "ansible" / "more"), "extra1,web01,"]
PLAY = HERE / "ansible" / "play"
PATTERNS = (HERE / "cases" / "patterns.txt").read_text(encoding="utf-8").splitlines()
# Below a group's children Ansible walks a set of objects: where hosts come out there is chance.
ANY_ORDER = (HERE / "cases" / "patterns_any_order.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("ansible")
    settings = home / "ansible.cfg"
    settings.write_text("[defaults]\n", encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "reference.py"),
            str(PLAY),
            "\n".join(SOURCES),
            "\n".join(PATTERNS + ANY_ORDER),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(home), "ANSIBLE_CONFIG": str(settings)},
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_choose_the_same_hosts_in_the_same_order(reference: dict[str, Any], pattern: str) -> None:
    assert load_inventory(SOURCES).select(pattern) == reference["selected"][pattern]


@pytest.mark.parametrize("pattern", ANY_ORDER)
def test_patterns_choose_the_same_hosts(reference: dict[str, Any], pattern: str) -> None:
    assert sorted(load_inventory(SOURCES).select(pattern)) == sorted(reference["selected"][pattern])


def test_every_host_has_the_same_groups_and_variables(reference: dict[str, Any]) -> None:
    inventory = load_inventory(SOURCES)
    assert set(inventory.hosts) == set(reference["hosts"])
    for host, expected in reference["hosts"].items():
        found = inventory.variables(host, PLAY)
        found.pop("inventory_file", None)
        found.pop("inventory_dir", None)
        assert inventory.group_names(host) == expected["groups"], host
        assert json.loads(json.dumps(found)) == expected["vars"], host
