"""JSON lines, JUnit XML, HTML and SARIF of the same run."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.engine.events import Counts, Status
from officefleet.errors import Mark, PlaybookError, UnknownModuleError
from officefleet.outputs import problem_files, xml
from officefleet.outputs.html import HtmlReport
from officefleet.outputs.jsonlines import JsonLines
from officefleet.outputs.junit import JUnit

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Events

    from officefleet.engine.events import Event

EVIL = "<script>alert(1)</script>]]>&\x1b[31m\x00"


@pytest.fixture
def a_run(make: Events) -> list[Event]:
    recap = {"p1": Counts(ok=2, changed=1), "p2": Counts(failed=1), "p3": Counts(unreachable=1)}
    return [
        make.run(),
        make.play(["p1", "p2", "p3"], EVIL),
        make.started("p1", 1),
        make.finished("p1", 1, Status.CHANGED, diff={"before": "a\n", "after": EVIL}),
        make.finished(
            "p2", 1, Status.FAILED, msg=EVIL, stderr=EVIL, items=[(EVIL, Status.FAILED, {"msg": EVIL})]
        ),
        make.finished("p3", 1, Status.UNREACHABLE, msg="p3: gone"),
        make.finished("p1", 2, Status.SKIPPED, skip_reason="Conditional result was False"),
        make.finished("p1", 3),
        make.left("p1"),
        make.ended(recap),
    ]


def test_json_lines(a_run: list[Event]) -> None:
    stream = io.StringIO()
    report = JsonLines(stream, {"p1": "officine_0421", "p2": "officine_0421"}.get)
    for event in a_run:
        report.handle(event)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines[:4]] == [
        "run_started",
        "play_started",
        "task_started",
        "task_finished",
    ]
    assert lines[3]["status"] == "changed"
    assert lines[3]["mark"] == {"file": "site.yml", "line": 11, "column": 7}
    assert lines[4]["items"] == [{"item": EVIL, "status": "failed", "result": {"msg": EVIL}}]
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert summary["outcome"] == "failed"
    assert summary["pharmacies"]["officine_0421"] == {
        "hosts": 2, "fine": 1, "changed": 1, "failed": 1, "unreachable": 0,
    }  # fmt: skip
    assert summary["hosts"]["p3"]["unreachable"] == 1


def test_junit(a_run: list[Event], tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    with JUnit(file) as report:
        for event in a_run:
            report.handle(event)
    suite = ET.parse(file).getroot().find("testsuite")  # noqa: S314  our own file
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "1", "errors": "1", "skipped": "1",
    }  # fmt: skip
    cases = suite.findall("testcase")
    assert [(one.get("classname"), one.get("name")) for one in cases[:2]] == [
        ("p1", "task 1"),
        ("p2", "task 1"),
    ]
    failure = cases[1].find("failure")
    assert failure is not None
    assert "<script>alert(1)</script>]]>&" in str(failure.get("message"))


def test_a_report_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    for report in (JUnit(tmp_path / "no" / "x"), HtmlReport(tmp_path / "no" / "x", {}.get)):
        with pytest.raises(FileNotFoundError), report:
            pytest.fail("the run began")


@given(st.text())
def test_any_text_makes_well_formed_xml(text: str) -> None:
    written = ET.tostring(xml.element("a", text, name=text), encoding="utf-8")
    assert ET.fromstring(written).tag == "a"  # noqa: S314  our own text


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes[tag] = dict(attrs)
        self.references += [str(value) for name, value in attrs if name in ("src", "href", "action")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_html(a_run: list[Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("OFFICEFLEET_LANG", language)
    file = tmp_path / "report.html"
    with HtmlReport(file, {"p1": "officine_0421"}.get) as report:
        for event in a_run:
            report.handle(event)
    text = file.read_text(encoding="utf-8")
    parser = _Parser()
    parser.feed(text)
    assert parser.attributes["html"]["lang"] == language
    assert parser.references == []  # nothing outside the file
    assert "script" not in parser.tags  # what hosts say is text
    assert "url(" not in text
    assert re.search(r'<meta name="viewport" content="width=device-width', text)
    for part in ("p2", "p3: gone", "officine_0421", "site.yml:11:7"):
        assert part in text


def test_a_huge_run_still_opens(make: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("officefleet.outputs.html._MOST_CHANGES", 3)
    file = tmp_path / "report.html"
    with HtmlReport(file, {}.get) as report:
        for number in range(8):
            report.handle(make.finished(f"h{number}", 1, Status.CHANGED))
        report.handle(make.finished("late", 1, Status.FAILED, msg="broken"))
    text = file.read_text(encoding="utf-8")
    assert text.count("<details>") == 3
    assert "5 changes more" in text
    assert "late: failed" in text


def test_html_of_a_run_that_was_cut_off(make: Events, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    with HtmlReport(file, {}.get) as report:
        report.handle(make.run())
    assert 'class="interrupted"' in file.read_text(encoding="utf-8")


def test_sarif(tmp_path: Path) -> None:
    problems = [
        UnknownModuleError("unknown module 'cpy'", mark=Mark(str(tmp_path / "site.yml"), 4, 7), hint="copy?"),
        PlaybookError("a play needs hosts", mark=Mark("/elsewhere/x.yml")),
        PlaybookError("nowhere"),
    ]
    log = problem_files.sarif(problems, tmp_path)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert rules == ["playbook", "playbook.unknown-module"]
    first, second, third = run["results"]
    assert rules[first["ruleIndex"]] == first["ruleId"] == "playbook.unknown-module"
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "site.yml"},
        "region": {"startLine": 4, "startColumn": 7},
    }
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///elsewhere/x.yml"
    assert "locations" not in third


def test_junit_of_problems(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    bad, good = tmp_path / "bad.yml", tmp_path / "good.yml"
    problems = [
        PlaybookError("one", mark=Mark(str(bad), 1, 1)),
        PlaybookError("two", mark=Mark(str(bad), 2, 1)),
    ]
    problem_files.write_junit(problems, [bad, good], file)
    suite = ET.parse(file).getroot().find("testsuite")  # noqa: S314  our own file
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == [str(bad), str(good)]
