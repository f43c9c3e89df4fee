"""doctor on a simulated Windows machine and on a Linux host: sound hosts, sick hosts, and a report without names."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.cli.commands.doctor import command
from officefleet.cli.doctor import examination
from officefleet.cli.doctor.text import Veil
from officefleet.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


class Slow(Mapping[str, Any]):
    """What a command that hangs says: nothing, until the rig is at its end."""

    def __init__(self, rig: Any) -> None:
        self._rig = rig

    def __iter__(self) -> Iterator[str]:
        self._rig.stop.wait(30)
        return iter(())

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)


def poste(rig: Any, folder: Path, **extra: str) -> list[str]:
    rig.machine.extra["commands"] = {
        examination.ECHO["powershell"]: {"stdout": examination.LETTERS},
        examination.ECHO["program"]: {"stdout": examination.LETTERS + "\r\n"},
        examination.QUOTAS: {
            "stdout": json.dumps({"Shell\\MaxShellsPerUser": "30", "MaxEnvelopeSizekb": "500"})
        },
        examination.POLICY: {"stdout": json.dumps({"policy": "RemoteSigned", "system": "10.0.19045"})},
        examination.SLEEP["windows"]: Slow(rig),
    }
    variables = {
        "ansible_connection": "winrm", "ansible_host": "127.0.0.1", "ansible_port": rig.port, "ansible_user": "admin",
        "ansible_password": "s3cret-\xe9t\xe9", "ansible_winrm_scheme": "https" if rig.tls else "http", **extra,
    }  # fmt: skip
    if rig.tls:
        variables["ansible_winrm_ca_trust_path"] = str(rig.ca)
    file = folder / "hosts.yml"
    file.write_text(json.dumps({"all": {"hosts": {"comptoir-7": variables}}}), encoding="utf-8")
    return [str(file)]


def test_a_sound_poste(
    windows_rig: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = windows_rig(tls=True)
    report = tmp_path / "report.txt"
    assert command("comptoir-7", inventory=poste(rig, tmp_path), output=report) == 0, capsys.readouterr().out
    out = capsys.readouterr().out
    assert report.read_text(encoding="utf-8").strip() == out.strip()
    for word in (
        "module win_regedit: read",
        "letters from a program: \xe9\xe8",
        "large messages",
        "time limit: ended after",
    ):
        assert word in out
    for name in ("comptoir-7", "127.0.0.1", "admin", "s3cret"):
        assert name not in out
    assert rig.machine.journal == [] or all(one[0] == "command" for one in rig.machine.journal)
    assert rig.service.shells == {}


def test_every_windows_module_is_read(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    found = poste(rig, tmp_path)
    seen: list[Any] = []
    variables = {**json.loads(Path(found[0]).read_text(encoding="utf-8"))["all"]["hosts"]["comptoir-7"]}
    options = importlib.import_module("officefleet.engine.options").Options()
    report = examination.Examination("comptoir-7", variables, options, seen.append).run()
    modules = importlib.import_module("officefleet.modules.registry").names()
    halves = {one for one in modules if examination.windows_code.source(one)}
    assert {
        one.check.removeprefix("module ") for one in report.findings if one.check.startswith("module ")
    } == halves
    assert seen == report.findings


@pytest.mark.parametrize(
    ("said", "check"),
    [
        ({"powershell": {"stdout": "\u251c\xae"}}, "letters from PowerShell"),
        ({"program": {"stdout": "?????"}}, "letters from a program"),
    ],
)
def test_a_wrong_code_page_is_found(
    windows_rig: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    said: dict[str, Any],
    check: str,
) -> None:
    rig = windows_rig()
    inventory = poste(rig, tmp_path)
    rig.machine.extra["commands"] |= {examination.ECHO[name]: found for name, found in said.items()}
    assert command("comptoir-7", inventory=inventory, as_json=True) == 2
    report = json.loads(capsys.readouterr().out)
    assert [one["check"] for one in report["findings"] if one["verdict"] == "FAILED"] == [check]


def test_low_quotas_and_a_strict_policy_are_warnings(
    windows_rig: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = windows_rig()
    inventory = poste(rig, tmp_path)
    rig.machine.extra["commands"] |= {
        examination.QUOTAS: {"stdout": json.dumps({"MaxEnvelopeSizekb": "150"})},
        examination.POLICY: {"stdout": json.dumps({"policy": "AllSigned"})},
    }
    assert command("comptoir-7", inventory=inventory, as_json=True) == 0
    warned = {
        one["check"] for one in json.loads(capsys.readouterr().out)["findings"] if one["verdict"] == "warning"
    }
    assert warned == {"quotas of WinRM", "execution policy and system"}


def test_a_wrong_password_ends_the_examination(
    windows_rig: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = windows_rig()
    assert command("comptoir-7", inventory=poste(rig, tmp_path, ansible_password="guess-421")) == 2
    out = capsys.readouterr().out
    assert "401" in out
    assert "guess-421" not in out
    assert out.count("\n") == 4  # head, settings, agent, sum


def test_a_linux_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hosts.ini"
    file.write_text(
        "nas-421 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n", encoding="utf-8"
    )
    command("nas-421", inventory=[str(file)], as_json=True)
    report = json.loads(capsys.readouterr().out)
    found = {one["check"]: one["verdict"] for one in report["findings"]}
    for check in (
        "agent",
        "letters",
        "large messages",
        "time limit",
        "a connection that breaks",
        "module stat",
        "module setup",
    ):
        assert found[check] == "ok", report


def test_doctor_wants_one_host(tmp_path: Path) -> None:
    file = tmp_path / "hosts.ini"
    file.write_text("a\nb\n", encoding="utf-8")
    with pytest.raises(UsageError, match="2 hosts"):
        command("all", inventory=[str(file)])


def test_the_veil() -> None:
    veil = Veil(
        [("poste-01.officine.example", "HOST"), ("OFFICINE\\lea", "USER"), ("22", "PORT"), ("", "NOTHING")]
    )
    assert veil.hide("POSTE-01 lea@poste-01.officine.example OFFICINE\\lea 22") == "HOST USER@HOST USER 22"
