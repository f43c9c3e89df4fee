"""Programs of Windows under Wine, reached over WinRM: their quoting, exit codes and registry are not ours."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.transports.base import Endpoint, connect
from officefleet.transports.winrm_options import WinrmOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wine") / "prefix"
    yield folder
    if folder.exists():
        importlib.import_module("wine").stop(folder)


def run(rig: Any, wine: Any, prefix: Path, line: str) -> tuple[str, int | None]:
    rig.service.start = lambda text, _page, command: wine.WineProgram(
        text, prefix, command.emit, command.exited
    )
    settings = WinrmOptions(scheme="http")
    transport = connect(
        Endpoint(
            "h", "winrm", "127.0.0.1", rig.port, "admin", "s3cret-\xe9t\xe9", powershell=True, winrm=settings
        )
    )
    channel = transport.start(line)
    found = b""
    while one := channel.readline(60):
        found += one
    status = channel.exit_status(5)
    transport.close()
    return found.decode("cp850"), status


@pytest.mark.wine
@pytest.mark.timeout(300)
def test_cmd_and_reg_over_winrm(windows_rig: Callable[..., Any], prefix: Path) -> None:
    rig = windows_rig()
    wine = importlib.import_module("wine")
    if wine.find() is None:
        pytest.skip("no Wine (Debian's wine64)")
    assert run(rig, wine, prefix, "cmd.exe /c echo bonjour")[0].strip() == "bonjour"
    assert run(rig, wine, prefix, "cmd.exe /c exit 7")[1] == 7
    key = "HKCU\\Software\\Officine"
    assert run(rig, wine, prefix, f"reg.exe add {key} /v Poste /t REG_DWORD /d 3 /f")[1] == 0
    said, status = run(rig, wine, prefix, f"reg.exe query {key} /v Poste")
    assert (status, "REG_DWORD" in said, "0x3" in said) == (0, True, True)
    assert run(rig, wine, prefix, f"reg.exe query {key} /v Absent")[1] == 1


@pytest.mark.parametrize(
    "line",
    [
        "powershell.exe -EncodedCommand AAAA",
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\PowerShell.EXE -c 1",
        "cmd /c powershell -c 1",
        "pwsh -c 1",
        "wmic os get caption",
    ],
)
def test_wines_powershell_is_never_reached(
    windows_rig: Callable[..., Any], line: str, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_rig()
    wine = importlib.import_module("wine")
    monkeypatch.setattr(wine.subprocess, "Popen", lambda *_args, **_options: pytest.fail("Wine was started"))
    with pytest.raises(wine.ForbiddenProgramError):
        wine.WineProgram(line, prefix, lambda *_args: None, lambda _rc: None)
