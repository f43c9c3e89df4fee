"""Whatever the pattern: reading only the pharmacies it needs gives the answer of reading all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.errors import SelectorError
from officefleet.inventory import Inventory, load_inventory, needed_pharmacies
from officefleet.inventory.generate import generate

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = st.sampled_from(
    [
        "all", "comptoir", "nas", "secours", "windows", "pilot", "localhost", "router", "officine_00001",
        "officine_00002", "officine_00003", "officine_00009", "o00001-nas-1", "o00002-comptoir-1", "o00003-nas-9",
        "officine_0000*", "*-nas-1", "~o0000[12]-.*", "nobody",
    ]
)  # fmt: skip
_TERMS = st.builds(
    lambda operator, name, subscript: operator + name + subscript,
    st.sampled_from(["", "", "", "&", "!"]),
    _NAMES,
    st.sampled_from(["", "", "", "[0]", "[1:2]", "[-1]"]),
)
_PATTERNS = st.lists(_TERMS, min_size=1, max_size=4).map(":".join)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("needed") / "fleet"
    generate(folder, 3)
    (folder / "pilot.ini").write_text(
        "router\n[pilot]\no00003-nas-1\no00001-nas-1\n[pilot:children]\nofficine_00002\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def whole(root: Path) -> Inventory:
    return load_inventory([root])


def _answer(inventory: Inventory, pattern: str, limit: str | None) -> list[str] | str:
    try:
        return inventory.select(pattern, limit)
    except SelectorError:
        return "error"


@settings(deadline=None)
@given(pattern=_PATTERNS, limit=st.none() | _PATTERNS)
def test_the_part_answers_as_the_whole(root: Path, whole: Inventory, pattern: str, limit: str | None) -> None:
    needed = needed_pharmacies(pattern, limit)
    if needed is None:
        return
    answer = _answer(load_inventory([root], only=needed), pattern, limit)
    assert answer == _answer(whole, pattern, limit)
