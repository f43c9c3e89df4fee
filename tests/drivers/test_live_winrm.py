"""`drivers check --live` on a poste: the script goes over WinRM, its answer becomes facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents.windows_bare import _STATUS
from officefleet.cli._live import read_live
from officefleet.drivers.live_windows import SCRIPT
from officefleet.engine.options import Options
from officefleet.errors import AgentError, DriverError
from officefleet.inventory import load_inventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
DEVICE = {
    "InstanceId": "USB\\VID_0F14&PID_0012\\5&2B9C4F&0&4",
    "FriendlyName": "Lecteur à puce (COM5)",
    "Class": "Ports",
}
ANSWER = {"Devices": [DEVICE], "Printers": [], "Build": 26100, "Revision": 1, "Hvci": True, "Updates": []}


def ask(rig: Any, folder: Path, said: tuple[int, bytes, bytes]) -> Any:
    rig.machine.extra["scripts"] = {SCRIPT + _STATUS: said}
    file = folder / "hosts.ini"
    file.write_text(
        f"poste ansible_connection=winrm ansible_host=127.0.0.1 ansible_port={rig.port} ansible_user=admin "
        "ansible_password='s3cret-\xe9t\xe9' ansible_winrm_scheme=http\n",
        encoding="utf-8",
    )
    return read_live(load_inventory([file]), ["poste"], Options())["poste"]


@pytest.mark.parametrize("code_page", ["utf-8", "cp850"])
def test_a_poste_tells_its_devices(windows_rig: Callable[..., Any], tmp_path: Path, code_page: str) -> None:
    text = json.dumps(ANSWER, ensure_ascii=False).encode(code_page)
    facts = ask(windows_rig(), tmp_path, (0, text, b""))
    assert [(one.usb, one.com) for one in facts.devices] == [("0f14:0012", 5)]
    assert facts.build == 26100


def test_what_goes_wrong_is_told(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    found = ask(rig, tmp_path, (1, b"", "Accès refusé.\r\n".encode("cp850")))
    assert isinstance(found, AgentError)
    assert "could not be read" in found.message
    assert found.hint == "Accès refusé."
    assert isinstance(ask(rig, tmp_path, (0, b"[]", b"")), DriverError)
