from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.cli.extra_vars import read_extra_vars
from officefleet.errors import OfficefleetError, UsageError

if TYPE_CHECKING:
    from conftest import Cli


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["a=1"], {"a": "1"}),
        (["a=1 b='two words' c=\"x=y\""], {"a": "1", "b": "two words", "c": "x=y"}),
        (['{"a": 1, "b": [true]}'], {"a": 1, "b": [True]}),
        (["{a: 1}"], {"a": 1}),
        (["a=1", '{"a": 2}'], {"a": 2}),
        (["a={{ b }}"], {"a": "{{ b }}"}),
        (["a="], {"a": ""}),
        ([], {}),
    ],
)
def test_pairs_and_mappings(given: list[str], expected: dict[str, Any]) -> None:
    assert read_extra_vars(given) == expected


def test_files(cli: Cli) -> None:
    cli.write("vars.yml", "a: 1\nb: [x]\n")
    cli.write("vars.json", '{"a": 2}')
    cli.write("empty.yml", "")
    assert read_extra_vars(["@vars.yml", "@vars.json", "@empty.yml"]) == {"a": 2, "b": ["x"]}
    cli.write("list.yml", "[1]")
    for wrong in ("@list.yml", "@missing.yml"):
        with pytest.raises(OfficefleetError):
            read_extra_vars([wrong])


@pytest.mark.parametrize("text", ["word", "a=1 word", "[1, 2]", "{broken", "a='open"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_extra_vars([text])


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    try:
        found = read_extra_vars([text])
    except OfficefleetError:
        return
    assert all(isinstance(name, str) for name in found)
