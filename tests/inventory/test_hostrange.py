from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from officefleet.inventory.hostrange import expand

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "hostrange.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_ranges_and_ports(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(ValueError, match=case["error"].replace("[", r"\[")):
            expand(case["text"])
    else:
        assert expand(case["text"]) == (case["hosts"], case.get("port"))


@given(st.integers(0, 300), st.integers(0, 50), st.integers(1, 7))
def test_a_numeric_range_holds_every_step(first: int, length: int, step: int) -> None:
    names, port = expand(f"poste[{first}:{first + length}:{step}]")
    assert names == [f"poste{number}" for number in range(first, first + length + 1, step)]
    assert port is None
