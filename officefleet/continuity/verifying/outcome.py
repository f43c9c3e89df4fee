"""What a host's tests said, read from pytest's JUnit file."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from officefleet.errors import ExitCode
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NO_CONNECTION = re.compile(r"exit_status=255|rc=255")


class Standing(StrEnum):
    """What became of a host."""

    PROVEN = "proven"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    REPLACED = "replaced"  # it does not answer, and need not: another machine carries its identity
    UNTESTED = "untested"  # nothing to prove it with


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that does not hold."""

    role: str
    test: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one host; `note` says why it was not tested, or who stands in for it."""

    host: str
    standing: Standing
    roles: tuple[str, ...] = ()
    passed: int = 0
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    note: str = ""


def exit_code(outcomes: Iterable[Outcome]) -> ExitCode:
    """Return 2 when a test failed, 4 when a host did not answer, else 0."""
    standings = {one.standing for one in outcomes}
    if Standing.FAILED in standings:
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if Standing.UNREACHABLE in standings else ExitCode.OK


def read_junit(path: Path) -> tuple[int, tuple[Failure, ...], bool]:
    """Return (tests that passed, those that did not, whether the connection was what failed).

    Raises:
        OSError: pytest wrote no file.
        ET.ParseError: it was cut short.

    """
    passed, failures, lost = 0, [], False
    # pytest in our own process tree wrote it, with what hosts said escaped by it
    for case in ET.parse(path).getroot().iter("testcase"):  # noqa: S314  see above
        bad = next((one for one in case if one.tag in ("failure", "error")), None)
        if bad is None:
            passed += not any(one.tag == "skipped" for one in case)
            continue
        text = (bad.get("message") or bad.text or "").strip()
        lost = lost or bool(_NO_CONNECTION.search(f"{text}\n{bad.text or ''}"))
        failures.append(
            Failure(_role(case.get("classname") or ""), _name(case.get("name") or "?"), _first(text))
        )
    return passed, tuple(failures), lost and not passed


def _role(module: str) -> str:
    return module.rpartition(".")[2].removeprefix("test_")


def _name(test: str) -> str:
    return test.partition("[")[0].removeprefix("test_").replace("_", " ")


def _first(text: str) -> str:
    line = text.splitlines()[0] if text else _("it failed")
    return line if len(line) <= 200 else line[:199] + "…"  # noqa: PLR2004  about two lines of a terminal
