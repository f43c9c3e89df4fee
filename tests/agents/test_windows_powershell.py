"""The agent's PowerShell: syntax and style for everyone, the agent itself where a PowerShell is at hand."""

from __future__ import annotations

import base64
import importlib.util
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from officefleet.agents import windows_code
from officefleet.agents.windows_session import WindowsSession
from officefleet.transports.local import LocalTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = Path(__file__).parent.parent / "modules"
AGENT = Path(windows_code.__file__).parent / "windows.ps1"
STATUS = windows_code.source("async_status")
QUIET = {"Add-Type"}


@pytest.fixture(scope="module")
def powershell() -> Any:
    spec = importlib.util.spec_from_file_location("powershell", MODULES / "powershell.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["powershell"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All scripts of ours: the agent, what it defines in each runspace, the bootstrap."""
    folder = tmp_path_factory.mktemp("ps1")
    text = AGENT.read_text(encoding="ascii")
    helpers = re.search(r"\$OfficefleetHelpers = @'\n(.*?)\n'@", text, re.DOTALL)
    assert helpers is not None
    found = {"agent": AGENT}
    for name, part in (("helpers", helpers[1]), ("bootstrap", windows_code._BOOTSTRAP)):
        found[name] = folder / f"{name}.ps1"
        found[name].write_text(part + "\n", encoding="ascii")
    return found


@pytest.mark.parametrize("name", ["agent", "helpers", "bootstrap"])
def test_it_parses_and_keeps_the_house_rules(powershell: Any, scripts: dict[str, Path], name: str) -> None:
    file = scripts[name]
    assert powershell.broken(file) == []
    assert file.read_bytes().isascii()
    words = file.read_text(encoding="ascii")
    for forbidden in ("Write-Host", "Invoke-Expression", "$input", "$args", "| %", "| ?", "ConvertTo-Json"):
        assert forbidden.lower() not in words.lower()


@pytest.mark.parametrize("name", ["agent", "helpers", "bootstrap"])
def test_commands_are_known_and_say_what_happens_when_they_fail(
    powershell: Any, scripts: dict[str, Path], name: str
) -> None:
    known = yaml.safe_load((MODULES / "cmdlets.yaml").read_text(encoding="utf-8"))
    own = {one for file in scripts.values() for one in powershell.functions(file)}
    used = list(powershell.commands(powershell.parse(scripts[name])))
    assert {command for command, _node in used} - set(known) - own <= {"Add-Type", "Remove-Item"}
    silent = [
        powershell.text(node)
        for command, node in used
        if command in ("Add-Type", "Remove-Item", "Get-Item")
        and "-erroraction" not in powershell.parameters(node)
    ]
    assert silent == []


def test_the_bootstrap_fits_the_command_line_of_cmd() -> None:
    assert len(windows_code.agent_command()) < 8191
    assert windows_code.agent_command().startswith("powershell.exe -NoProfile -NonInteractive")
    code = windows_code.agent_command().rpartition(" ")[2]
    assert base64.b64decode(code).decode("utf-16-le") == windows_code._BOOTSTRAP


def test_the_agent_knows_all_that_the_controller_says(powershell: Any) -> None:
    text = AGENT.read_text(encoding="ascii")
    for message in ("'open'", "'code'", "'blob'", "'batch'", "'bye'"):
        assert message in text
    for function in ("Stop-Module", "Stop-Undecidable", "Get-BlobPath", "Send-Progress", "Invoke-Program"):
        assert f"function {function}" in text
    defined = set(powershell.functions(AGENT))
    assert {"Start-Agent", "Invoke-DetachedStep"} <= defined


class Pwsh(LocalTransport):
    """PowerShell 7 of this machine in the place of Windows PowerShell."""

    def start(self, command: str) -> Any:
        return super().start(command.replace("powershell.exe", "pwsh", 1))


@pytest.fixture
def agent() -> Iterator[WindowsSession]:
    if shutil.which("pwsh") is None:
        pytest.skip("no pwsh on PATH")
    transport = Pwsh("")
    session = WindowsSession(transport, {}.__getitem__)
    yield session
    session.close()
    transport.close()


@pytest.mark.pwsh
def test_the_agent_answers_under_powershell(agent: WindowsSession) -> None:
    text = 'd\xe9j\xe0 "\\\t\u20ac\U0001f48a'
    found = dict(agent.run([{"m": "win_ping", "a": {"data": text}, "g": 0}]))
    assert found[0]["ping"] == text
    assert int(str(agent.hello["powershell"]).partition(".")[0]) >= 7


@pytest.mark.pwsh
def test_a_failure_and_a_time_limit_under_powershell(agent: WindowsSession) -> None:
    steps = [
        {"m": "win_ping", "a": {"data": "crash"}, "g": 0, "go_on": True},
        {"m": "win_shell", "a": {"cmd": "Start-Sleep 20"}, "g": 1, "timeout": 1, "go_on": True},
        {"m": "win_ping", "a": {"data": "x" * 300_000}, "g": 2},
    ]
    found = dict(agent.run(steps))
    assert found[0]["failed"]
    assert found[1]["timedout"]
    assert len(found[2]["ping"]) == 300_000
