"""The page lists everything, and says what differs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from officefleet.source import plugins
from officefleet.source.plugins import differences
from officefleet.source.plugins.page import page

ROOT = Path(__file__).parents[2]
NAMES = {
    "filter": set(plugins.filters()),
    "test": set(plugins.tests()),
    "lookup": set(plugins.lookups().lookups),
}
DIFFERENT = {"filter": differences.FILTERS, "test": differences.TESTS, "lookup": differences.LOOKUPS}


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "filters.md").read_text("utf-8")
    assert written == page(), "run: python -m officefleet.source.plugins > docs/filters.md"


@pytest.mark.parametrize("kind", NAMES)
def test_every_name_is_on_the_page(kind: str) -> None:
    text = page()
    assert not [name for name in NAMES[kind] if "." not in name and f"`{name}`" not in text]


@pytest.mark.parametrize("kind", NAMES)
def test_every_difference_is_of_something_there(kind: str) -> None:
    assert set(DIFFERENT[kind]) <= NAMES[kind]
    assert not {name for place, name in differences.LEFT_OUT if place == kind} & NAMES[kind]


def test_every_case_that_differs_is_on_the_page() -> None:
    known = {name for names in DIFFERENT.values() for name in names}
    for path in sorted((ROOT / "tests" / "source" / "cases").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text("utf-8")):
            if "differs" in case:
                assert known & set(re.findall(r"\w+", case["expression"])), case


@pytest.mark.differential
@pytest.mark.parametrize("kind", NAMES)
def test_all_of_ansible_core_is_here_or_said_to_be_left_out(kind: str) -> None:
    folder = Path(pytest.importorskip(f"ansible.plugins.{kind}").__file__).parent
    pattern = "*.py" if kind == "lookup" else "*.yml"
    theirs = {path.stem for path in folder.glob(pattern)} - {"__init__"}
    assert len(theirs) > 20
    assert theirs - NAMES[kind] == {name for place, name in differences.LEFT_OUT if place == kind}


@pytest.mark.differential
@pytest.mark.parametrize("kind", NAMES)
def test_every_plugin_has_a_case(kind: str) -> None:
    folder = ROOT / "tests" / "source"
    words: set[str] = set()
    for path in [*(folder / "cases").glob("*.yaml"), folder / "test_lookups.py"]:
        words |= set(re.findall(r"\w+", path.read_text("utf-8")))
    assert not {name for name in NAMES[kind] if "." not in name} - words
