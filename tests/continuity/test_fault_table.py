"""The table of faults in docs/continuity.md names tests and sentences that exist, in English and in French."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/continuity.md"
SOURCES = [ROOT / "officefleet" / name for name in ("access", "continuity", "durable")]
OUTCOMES = re.compile("`([^`]+)`")
LISTED = (
    "every step of a swap", "part of a recovery", "asleep", "unreachable", "architecture", "both machines on", "NAS gone",
    "NAS full or read-only", "flipped byte", "disk of another pharmacy", "clock wrong by a year", "hostile playbook",
    "huge binder", "bad signature",
)  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| fault | what is said") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert all(len(one) == 3 for one in cells)
    return [(one[0], one[1], one[2]) for one in cells]


@cache
def messages() -> set[str]:
    """Return every text of the sources that is translated."""
    return {
        node.args[0].value
        for folder in SOURCES
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_"
        and isinstance(node.args[0], ast.Constant)
    }


@cache
def french() -> dict[str, str]:
    with (ROOT / "officefleet/locale/fr/LC_MESSAGES/officefleet.po").open("rb") as stream:
        return {str(one.id): str(one.string) for one in read_po(stream) if not one.pluralizable}


def test_every_fault_that_was_asked_for_is_there() -> None:
    faults = "\n".join(fault for fault, _said, _tests in rows()).lower()
    assert [one for one in LISTED if one.lower() not in faults] == []


@pytest.mark.parametrize(("fault", "said", "tests"), rows(), ids=lambda text: text[:40])
def test_a_row_is_true(fault: str, said: str, tests: str) -> None:
    named = OUTCOMES.findall(tests)
    assert named, fault
    for one in named:
        file, _colons, function = one.partition("::")
        tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one
    for sentence in OUTCOMES.findall(said):
        if " " in sentence:
            assert sentence in messages()
            assert french().get(sentence, sentence), f"no French for {sentence}"
