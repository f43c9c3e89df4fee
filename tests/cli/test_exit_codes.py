from __future__ import annotations

import re
from pathlib import Path

import pytest

from officefleet import errors
from officefleet.errors import ExitCode, OfficefleetError

PAGE = Path(__file__).parents[2] / "docs" / "exit-codes.md"


def test_the_page_and_the_code_agree() -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z]+) \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(code) for code, name, _meaning in rows} == {one.name: one.value for one in ExitCode}
    assert all(meaning for _code, _name, meaning in rows)


def every_error(kind: type[OfficefleetError]) -> list[type[OfficefleetError]]:
    return [kind, *(deeper for one in kind.__subclasses__() for deeper in every_error(one))]


@pytest.mark.parametrize(
    "kind", [one for one in every_error(OfficefleetError) if one.__module__ == errors.__name__]
)
def test_every_error_ends_with_a_documented_code(kind: type[OfficefleetError]) -> None:
    assert kind.exit_code in ExitCode
    assert kind.exit_code is not ExitCode.OK
    assert kind.code
