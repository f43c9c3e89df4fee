from __future__ import annotations

import datetime as dt

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from officefleet.inventory.fast_yaml import FastYaml, FastYamlError
from officefleet.source.yaml import loads

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.dates()
    | st.sampled_from(
        ["yes", "no", "on", "~", "null", "0o7", "010", "1:30", "12e3", "1_000", "=", "<<", "2024-01-01"]
    )
)
_DOCUMENTS = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_DOCUMENTS, st.booleans())
def test_dumped_documents_come_back_as_pyyaml_reads_them(document: object, flow: bool) -> None:  # noqa: FBT001
    text = yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow)
    assert FastYaml().load(text.encode()) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "scalar",
    [
        "yes", "No", "ON", "true", "~", "null", "", "0", "-7", "010", "0x1F", "0b101", "1_000", "1.5", ".inf", "1e3",
        "1.5e+3", "1:30", "190:20:30", "2024-01-01", "2024-01-01T10:00:00+02:00", "2024-01-01 10:00:00", "=", "a: b",
        "'yes'", '"010"', "|\n  block\n  text", ">-\n  folded\n  text", "'it''s'", '"\\u00e9"', "2024-1-1", "v1.0",
        "10.42.21.10", "08e6:3437", "12:34:56:78:90:12", "- a\n- b", "{a: 1, b: [2, 3]}", "[]", "{}",
    ],
)  # fmt: skip
def test_scalars_mean_what_the_marked_loader_says(scalar: str) -> None:
    text = (
        f"key: {scalar}\n"
        if "\n" not in scalar or scalar[0] in "|>"
        else f"key:\n  {scalar.replace(chr(10), chr(10) + '  ')}\n"
    )
    reader = FastYaml()
    try:
        expected = loads(text, "x")
    except Exception:  # noqa: BLE001  whatever one refuses, the other must refuse
        with pytest.raises((FastYamlError, yaml.YAMLError)):
            reader.load(text.encode())
        return
    for _attempt in range(2):  # the second time from memory
        found = reader.load(text.encode())
        assert found == expected
        assert type(found["key"]) in type(expected["key"]).__mro__


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: !unsafe b\n",
        "a: !!str 1\n",
        "a: 1\na: 2\n",
        "<<: {a: 1}\n",
        "1: a\n",
        "? [a]\n: b\n",
        "--- 1\n--- 2\n",
        "d: 2024-13-45\n",
        "[" * 200 + "]" * 200,
    ],
)
def test_what_needs_judgement_goes_to_the_marked_loader(text: str) -> None:
    with pytest.raises(FastYamlError):
        FastYaml().load(text.encode())


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "\ta: 1\n", "a: 'x\n", "\x00"])
def test_broken_yaml_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        FastYaml().load(text.encode())


def test_utf16_is_left_to_the_marked_loader() -> None:
    with pytest.raises(FastYamlError):
        FastYaml().load("a: 1\n".encode("utf-16"))


def test_an_empty_document_is_none() -> None:
    assert FastYaml().load(b"") is None
    assert FastYaml().load(b"# nothing\n") is None


def test_timestamps_keep_their_zone() -> None:
    zone = dt.timezone(dt.timedelta(hours=1))
    found = FastYaml().load(b"start: 2026-12-24T19:30:00+01:00\n")
    assert found["start"] == dt.datetime(2026, 12, 24, 19, 30, tzinfo=zone)
