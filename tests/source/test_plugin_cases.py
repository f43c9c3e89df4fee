"""Every case of the filters, tests and lookups, here and under ansible-core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from officefleet.errors import OfficefleetError
from officefleet.source import plugins
from officefleet.source.scope import Scope
from officefleet.source.template import Templar

HERE = Path(__file__).parent
FILES = HERE / "files"
MISSING = object()


@dataclass(frozen=True)
class Case:
    """One expression and what it gives, or a part of the error's text.

    `differs` says how ansible-core answers otherwise, and why; the differential test holds it to be true.
    `unordered` is for lists whose order ansible-core leaves open.
    """

    file: str
    expression: str
    variables: dict[str, Any] = field(default_factory=dict)
    result: Any = MISSING
    error: str | None = None
    unordered: bool = False
    differs: str | None = None

    @property
    def scope(self) -> dict[str, Any]:
        places = {"playbook_dir": str(FILES), "here": str(FILES), "ansible_search_path": [str(FILES)]}
        return {**places, **self.variables}


def read_cases() -> list[Case]:
    return [
        Case(path.stem, **entry)
        for path in sorted((HERE / "cases").glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


CASES = read_cases()
NAMES = [f"{case.file}: {case.expression}" for case in CASES]


def comparable(value: Any, *, unordered: bool = False) -> Any:
    """Return a value in which 1, 1.0 and true differ, tuples are lists and the rest is text."""
    if isinstance(value, dict):
        return {str(key): comparable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [comparable(item) for item in value]
        return sorted(items, key=repr) if unordered else items
    if value is None or isinstance(value, (bool, int, float)):
        return (type(value).__name__, str(value))
    return str(value)


@pytest.fixture(scope="module")
def templar() -> Templar:
    return Templar(plugins.filters(), plugins.tests(), plugins.functions())


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


ENVIRONMENT = {"HOME": "/home/pharmacy", "TZ": "UTC", "GREETING": "bonjour"}


def render(templar: Templar, case: Case) -> Any:
    return templar.render("{{ " + case.expression + " }}", Scope([(case.scope, True)], templar))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_case(templar: Templar, case: Case) -> None:
    if case.error is None:
        found = comparable(render(templar, case), unordered=case.unordered)
        assert found == comparable(case.result, unordered=case.unordered)
        return
    with pytest.raises(OfficefleetError) as caught:
        render(templar, case)
    assert case.error in str(caught.value)


def ask_ansible(cases: list[Case]) -> list[dict[str, Any]]:
    asked = [{"expression": case.expression, "variables": case.scope} for case in cases]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "ansible_side.py")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE,
        env={**os.environ, **ENVIRONMENT, "ANSIBLE_JINJA2_NATIVE": "1", "ANSIBLE_LOCALHOST_WARNING": "0"},
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def answers() -> dict[int, dict[str, Any]]:
    pytest.importorskip("ansible")
    return dict(enumerate(ask_ansible(CASES)))


@pytest.mark.differential
@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_ansible_agrees(answers: dict[int, dict[str, Any]], number: int) -> None:
    case, answer = CASES[number], answers[number]
    if case.error is not None:
        agrees = "error" in answer
    else:
        expected = comparable(case.result, unordered=case.unordered)
        agrees = "result" in answer and comparable(answer["result"], unordered=case.unordered) == expected
    if case.differs:
        assert not agrees, "ansible-core agrees: the case is marked as different without need"
    else:
        assert agrees, answer
