"""Every Windows module's examples in one playbook, over WinRM to a simulated machine: twice, and in check mode."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.engine.events import Status, TaskFinished
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory
from officefleet.modules import registry

sys.path.append(str(Path(__file__).parent))
import test_windows_converging as converging

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
INVENTORY = """
postes:
  hosts: {{poste-01: {{}}}}
  vars:
    ansible_connection: winrm
    ansible_host: 127.0.0.1
    ansible_port: {port}
    ansible_user: admin
    ansible_password: "s3cret-\\xe9t\\xe9"
    ansible_winrm_transport: ntlm
    {scheme}
    comptoir_password: secret
"""


# examples of one module that name one thing undo each other
MUTUAL = {"win_hotfix 0", "win_hotfix 1", "win_package 0", "win_package 2", "win_power_plan 0", "win_power_plan 1",
          "win_regedit 1", "win_regedit 2", "win_timezone 0", "win_timezone 1"}  # fmt: skip


class Finished:
    def __init__(self) -> None:
        self.tasks: list[TaskFinished] = []

    def handle(self, event: Any) -> None:
        if isinstance(event, TaskFinished):
            self.tasks.append(event)


def tasks() -> list[dict[str, Any]]:
    """Return a task for each example, under each collection's name in turn."""
    found = []
    for module, number, args in converging.EXAMPLES:
        if module == "slurp":
            continue
        spec = registry.get(module)
        assert spec is not None
        space = spec.spec.namespaces[number % len(spec.spec.namespaces)]
        found.append({"name": f"{module} {number}", f"{space}.{module}": args})
    return found


def play(rig: Any, folder: Path, wanted: list[dict[str, Any]] | None = None, **options: Any) -> Finished:
    scheme = f"ansible_winrm_ca_trust_path: {rig.ca}" if rig.tls else "ansible_winrm_scheme: http"
    (folder / "hosts.yml").write_text(INVENTORY.format(port=rig.port, scheme=scheme), encoding="utf-8")
    plays = [{"hosts": "postes", "gather_facts": False, "tasks": tasks() if wanted is None else wanted}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    finished = Finished()
    run = run_playbooks(
        [folder / "play.yml"], load_inventory([folder / "hosts.yml"]), Options(**options), [finished]
    )
    failed = [(one.task, dict(one.result)) for one in finished.tasks if one.status is Status.FAILED]
    assert run.exit_code == 0 or wanted is not None, failed
    return finished


@pytest.fixture
def rig(windows_rig: Callable[..., Any]) -> Any:
    return windows_rig(converging.furnished())


def test_every_example_runs_and_runs_again(rig: Any, tmp_path: Path) -> None:
    first = play(rig, tmp_path)
    assert len(first.tasks) == len(tasks()) >= 60
    assert sum(one.status is Status.CHANGED for one in first.tasks) >= 30
    before = len(rig.machine.journal)
    again = play(rig, tmp_path)
    undone = {"win_command", "win_shell", "win_powershell", "win_scheduled_task", "win_auto_logon"}
    changed = [
        one.task for one in again.tasks if one.status is Status.CHANGED and one.task.split()[0] not in undone
    ]
    assert set(changed) == MUTUAL
    assert len(rig.machine.journal) - before < before


def test_check_mode_changes_nothing(rig: Any, tmp_path: Path) -> None:
    foretold = play(rig, tmp_path, check=True)
    assert rig.machine.journal == []
    assert {one.task for one in foretold.tasks} == {one["name"] for one in tasks()}


def test_files_come_facts_are_told_and_what_cannot_be_is_refused(rig: Any, tmp_path: Path) -> None:
    (tmp_path / "arbre" / "sous").mkdir(parents=True)
    (tmp_path / "arbre" / "sous" / "a.txt").write_text("a", encoding="utf-8")
    url = {"url": "https://nas.officine.example/galss.msi", "dest": "C:\\Temp\\galss.bin"}
    wanted = [
        {"setup": None},
        {"win_file": {"path": "C:\\Neuf", "state": "directory"}},
        {"win_copy": {"src": "arbre/", "dest": "C:\\Neuf"}},
        {"copy": {"content": "b", "dest": "C:\\Neuf\\b.txt"}},
        {"slurp": {"src": "C:\\Neuf\\sous\\a.txt"}, "register": "found"},
        {"assert": {"that": ["found.content == 'YQ=='", "ansible_facts.os_family == 'Windows'"]}},
        {"win_get_url": url},
        {"win_lineinfile": {"path": "C:\\Neuf\\b.txt", "line": "c"}},
        {"file": {"path": "C:\\Neuf", "state": "directory", "mode": "0755"}},
    ]
    first = play(rig, tmp_path, wanted)
    told = {one.module.rpartition(".")[2]: one for one in first.tasks}
    assert [one.status for one in first.tasks[1:4]] == [Status.CHANGED] * 3
    assert told["assert"].status is Status.OK, told["assert"].result
    assert told["win_get_url"].status is Status.CHANGED
    assert told["file"].status is Status.FAILED
    assert "no mode on Windows" in told["file"].result["msg"]
    assert rig.machine.files.get("C:\\Neuf\\b.txt").data == b"b\r\nc\r\n"
    again = play(rig, tmp_path, [task for task in wanted if "copy" not in task])
    assert [one.task for one in again.tasks if one.status is Status.CHANGED] == []
