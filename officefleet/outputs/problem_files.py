"""Problems for other programs: JSON, JUnit XML and SARIF 2.1.0 (what code hosts show beside the lines)."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.outputs import xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.errors import OfficefleetError

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_dict(problem: OfficefleetError) -> dict[str, Any]:
    """Return a problem as JSON has it; line and column are 0 when unknown."""
    mark = problem.mark
    return {
        "code": problem.code,
        "file": mark.file if mark else "",
        "line": mark.line if mark else 0,
        "column": mark.column if mark else 0,
        "message": problem.message,
        "hint": problem.hint,
    }


def write_junit(problems: Sequence[OfficefleetError], checked: Sequence[Path], file: Path) -> None:
    """Write a test case for each thing that was checked, and one that fails for each file with problems."""
    by_file: dict[str, list[OfficefleetError]] = {}
    for problem in problems:
        by_file.setdefault(problem.mark.file if problem.mark else "", []).append(problem)
    sound = [str(path) for path in checked if str(path) not in by_file]
    root = xml.element("testsuites", name="officefleet validate")
    suite = xml.element(
        "testsuite",
        name="officefleet validate",
        tests=str(len(by_file) + len(sound)),
        failures=str(len(by_file)),
        errors="0",
        skipped="0",
    )
    for name, found in by_file.items():
        case = xml.element("testcase", classname="validate", name=name or "repository", file=name)
        text = "\n".join(str(one) for one in found)
        case.append(xml.element("failure", text, message=found[0].message, type=found[0].code))
        suite.append(case)
    suite.extend(xml.element("testcase", classname="validate", name=name, file=name) for name in sound)
    root.append(suite)
    xml.write(root, file)


def sarif(problems: Sequence[OfficefleetError], root: Path) -> dict[str, Any]:
    """Return a SARIF log; paths are relative to `root` where they lie below it."""
    rules = sorted({(one.code, (type(one).__doc__ or one.code).partition("\n")[0]) for one in problems})
    index = {code: number for number, (code, _text) in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "officefleet",
                        "version": version("officefleet"),
                        "rules": [{"id": code, "shortDescription": {"text": text}} for code, text in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, index[one.code], root.resolve()) for one in problems],
            }
        ],
    }


def _result(problem: OfficefleetError, rule: int, root: Path) -> dict[str, Any]:
    text = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    found: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": text},
    }
    mark = problem.mark
    if mark:
        path = Path(mark.file).resolve()
        uri = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_uri()
        place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
        if mark.line:
            place["region"] = {
                "startLine": mark.line,
                **({"startColumn": mark.column} if mark.column else {}),
            }
        found["locations"] = [{"physicalLocation": place}]
    return found


def write_sarif(problems: Sequence[OfficefleetError], root: Path, file: Path) -> None:
    """Write a SARIF log."""
    file.write_text(json.dumps(sarif(problems, root), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
