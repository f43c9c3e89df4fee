"""The role poste_windows on a simulated Windows poste behind a real WinRM listener: twice, and in check mode."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ADMINISTRATORS = "S-1-5-32-544"

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


class Results:
    """Keeps what the run says of each task."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def handle(self, event: Any) -> None:
        self.events.append(event)

    def of(self, status: str) -> list[str]:
        return [
            event.task
            for event in self.events
            if getattr(getattr(event, "status", None), "value", None) == status and hasattr(event, "task")
        ]


@pytest.fixture
def poste(windows_rig: Callable[..., Any]) -> Any:
    rig = windows_rig()
    machine = rig.machine
    machine.services["scardsvr"] = {"name": "SCardSvr", "state": "stopped", "start_mode": "manual"}
    machine.groups["S-1-5-32-555"] = {
        "name": "Utilisateurs du Bureau \xe0 distance",
        "sid": "S-1-5-32-555",
        "members": [],
    }
    staff = machine.users["comptoir"]["sid"]
    machine.groups[ADMINISTRATORS]["members"].append(staff)
    machine.groups["S-1-5-32-555"]["members"].append(staff)
    machine.timezone = "UTC"
    return rig


def play(rig: Any, folder: Path, variables: str = "", **options: Any) -> tuple[Results, Any]:
    inventory = folder / "hosts.yml"
    ca = f"ansible_winrm_ca_trust_path: {rig.ca}" if rig.tls else "ansible_winrm_scheme: http"
    hosts = f"""
        postes:
          hosts:
            poste-01: {{}}
          vars:
            ansible_connection: winrm
            ansible_host: 127.0.0.1
            ansible_port: {rig.port}
            ansible_user: admin
            ansible_password: "s3cret-\\xe9t\\xe9"
            ansible_winrm_transport: ntlm
            {ca}
        """
    tree = yaml.safe_load(textwrap.dedent(hosts))
    tree["postes"]["vars"].update(yaml.safe_load(variables or "{}"))
    inventory.write_text(yaml.safe_dump(tree), encoding="utf-8")
    results = Results()
    options.setdefault("extra_vars", {"postes": "postes"})
    found = run_playbooks(
        [ROOT / "playbooks" / "poste-windows.yml"], load_inventory([inventory]), Options(**options), [results]
    )
    return results, found


def value(rig: Any, key: str, name: str) -> Any:
    found = rig.machine.registry.value(key, name)
    return None if found is None else found[1]


def test_a_second_run_changes_nothing(poste: Any, tmp_path: Path) -> None:
    results, found = play(poste, tmp_path)
    assert found.exit_code == 0, results.events[-3:]
    assert len(results.of("changed")) >= 15  # a loop counts as one
    machine = poste.machine
    staff = machine.users["comptoir"]["sid"]
    assert staff not in machine.groups[ADMINISTRATORS]["members"]
    assert len(machine.groups[ADMINISTRATORS]["members"]) == 2
    assert machine.groups["S-1-5-32-555"]["members"] == []
    assert (
        value(poste, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server", "fDenyTSConnections") == 1
    )
    assert machine.optional_features["SMB1Protocol"]["state"] == "Disabled"
    assert machine.timezone == "Romance Standard Time"
    assert machine.services["scardsvr"]["state"] == "running"
    assert value(poste, "HKU\\.DEFAULT\\Keyboard Layout\\Preload", "1") == "0000040c"
    assert [one["active"] for one in machine.power_plans.values()].count(True) == 1
    assert machine.power_plans["8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"]["active"]
    assert machine.reboots == 0

    before = len(machine.journal)
    again, found = play(poste, tmp_path)
    assert found.exit_code == 0
    assert again.of("changed") == []
    assert len(machine.journal) == before


def test_check_mode_foretells_and_changes_nothing(poste: Any, tmp_path: Path) -> None:
    foretold, found = play(poste, tmp_path, check=True)
    assert found.exit_code == 0, foretold.events[-3:]
    assert poste.machine.journal == []
    real, found = play(poste, tmp_path)
    assert found.exit_code == 0
    assert foretold.of("changed") == real.of("changed")


@pytest.mark.parametrize(("allowed", "data"), [("true", 1), ("false", 0), ("null", None)])
def test_memory_integrity_follows_the_drivers(
    poste: Any, tmp_path: Path, allowed: str, data: int | None
) -> None:
    _results, found = play(poste, tmp_path, f"poste_windows_drivers_allow_hvci: {allowed}")
    assert found.exit_code == 0
    key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\DeviceGuard\\Scenarios\\HypervisorEnforcedCodeIntegrity"
    assert value(poste, key, "Enabled") == data


def test_a_missing_account_is_made_disabled(poste: Any, tmp_path: Path) -> None:
    del poste.machine.users["comptoir"]
    _results, found = play(poste, tmp_path)
    assert found.exit_code == 0
    assert poste.machine.users["comptoir"]["flags"] & 0x2
    sid = poste.machine.users["comptoir"]["sid"]
    assert sid in poste.machine.groups["S-1-5-32-545"]["members"]


def test_updates_in_the_opening_hours_are_refused(poste: Any, tmp_path: Path) -> None:
    results, found = play(poste, tmp_path, "poste_windows_update_hour: 12")
    assert found.exit_code != 0
    assert poste.machine.journal == []
    assert "outside the opening hours" in str(results.events)
