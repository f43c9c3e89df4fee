"""What the command line refuses before anything begins, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from officefleet.cli._rebuild_report import progress_text
from officefleet.cli.app import run
from officefleet.continuity.rebuild.many import Ended, worst
from officefleet.errors import ContinuityError, ExitCode, SignatureError, UnreachableError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA8hC1vEHg8YPVpwyrRKc9bm4jBy0kPTLZlPF9GNvEbM"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _own_files(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    for name in ("OFFICEFLEET_STORE", "OFFICEFLEET_IMAGE_STORE", "OFFICEFLEET_NETBOOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OFFICEFLEET_CONTINUITY", str(tmp_path / "continuity.sqlite"))
    monkeypatch.setenv("OFFICEFLEET_RESCUE_KEYS", str(tmp_path / "rescue-keys.json"))
    monkeypatch.setenv("OFFICEFLEET_TRUST", str(tmp_path / "trust.json"))


@pytest.mark.parametrize(("words", "code", "said"), [
    ([], ExitCode.USAGE, "which poste?"),
    (["o0421-comptoir-1", "--check", "--resume"], ExitCode.USAGE, "exclude one another"),
    (["o0421-comptoir-1", "--image", "poste@newest"], ExitCode.USAGE, "is not NAME or NAME@VERSION"),
    (["o0421-comptoir-1", "o0421-comptoir-2", "--disk", "/dev/sda"], ExitCode.USAGE, "are one poste's"),
    (["o0421-comptoir-1", "--parallel", "0"], ExitCode.USAGE, "parallel"),
    (["nobody"], ExitCode.INVALID, "no host or group"),
    (["o0421-comptoir-1", "--abandon"], ExitCode.FAILED, "no rebuild of o0421-comptoir-1 was interrupted"),
    (["o0421-comptoir-1", "--resume"], ExitCode.FAILED, "no rebuild of o0421-comptoir-1 was interrupted"),
    (["o0421-comptoir-1", "--yes"], ExitCode.FAILED, "could not be told from a stranger"),
    (["o0421-comptoir-1", "--check"], ExitCode.FAILED, "could not be told from a stranger"),
])  # fmt: skip
def test_what_is_refused(words, code, said, capsys) -> None:
    assert run(["rebuild", *words]) == code
    assert said in capsys.readouterr().err


def test_an_image_nobody_trusts_is_refused(tmp_path, capsys) -> None:
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  the file must be made first

    RescueKeys(tmp_path / "rescue-keys.json").add("o0421-comptoir-1", KEY)
    assert run(["rebuild", "o0421-comptoir-1", "--check", "--store", "http://127.0.0.1:1"]) == ExitCode.FAILED
    assert "no key is trusted here" in capsys.readouterr().err


def test_several_fail_together_and_their_worst_code_counts(capsys) -> None:
    assert run(["rebuild", "o0421-comptoir-1", "o0421-comptoir-2", "--yes"]) == ExitCode.FAILED
    assert "0 of 2 postes: all is well" in capsys.readouterr().out


@pytest.mark.parametrize(("errors", "code"), [
    ([None, None], ExitCode.OK),
    ([None, UnreachableError("x")], ExitCode.UNREACHABLE),
    ([UnreachableError("x"), ContinuityError("x")], ExitCode.FAILED),
    ([UnreachableError("x"), SignatureError("x"), None], ExitCode.FAILED),
])  # fmt: skip
def test_the_worst_of_several(errors, code) -> None:
    assert worst([Ended(f"o0421-comptoir-{number}", error) for number, error in enumerate(errors)]) == code


def test_the_line_of_progress() -> None:
    event = {"phase": "compare", "done": 60, "total": 120, "rate": 48_000_000.0, "fetched": 12_300_000,
             "written": 45_600_000, "seconds_left": 61.4}  # fmt: skip
    assert progress_text(event) == "restoring 50 %, 48.0 MB/s, 12.3 MB fetched, 45.6 MB written, 61 s left"
    assert progress_text({"phase": "?", "done": "x", "total": None}).startswith("restoring 100 %")
