from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from officefleet.drivers.inf.lexer import MAX_NAME, lex
from officefleet.errors import InfError

CASES = yaml.safe_load((Path(__file__).parent / "inf_lexer.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case):
    if "error" in case:
        message, line, column = case["error"]
        with pytest.raises(InfError, match=message) as caught:
            lex(case["text"], "t.inf")
        assert (caught.value.mark.line, caught.value.mark.column) == (line, column)
        return
    lexed = lex(case["text"], "t.inf")
    found = {
        name: [
            [entry.key and entry.key.text, [one.text for one in entry.values]] for entry in section.entries
        ]
        for name, section in lexed.sections.items()
    }
    assert found == case["sections"]
    assert [one.mark.line for one in lexed.warnings] == case.get("warnings", [])


def test_every_token_knows_its_place():
    lexed = lex('[A]\nkey = one, \\\n   "two"\n', "t.inf")
    (entry,) = lexed.sections["a"].entries
    places = [(one.mark.line, one.mark.column) for one in (entry.key, *entry.values)]
    assert places == [(2, 1), (2, 7), (3, 4)]
    assert [one.quoted for one in entry.values] == [False, True]


def test_a_section_name_that_windows_would_refuse():
    with pytest.raises(InfError, match="256 characters"):
        lex(f"[{'x' * (MAX_NAME + 1)}]", "t.inf")
    lex(f"[{'x' * MAX_NAME}]", "t.inf")


LINE = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=("Cs",)), max_size=20)
FIELDS = st.lists(LINE, max_size=4).filter(lambda values: values != [""])
ENTRY = st.tuples(LINE.filter(bool), FIELDS)
NAMES = st.text("abcXYZ_.09 ", min_size=1, max_size=12).map(str.strip).filter(bool)


def _quote(text):
    return '"' + text.replace('"', '""') + '"'


def _write(sections, breaks):
    lines = []
    for name, entries in sections.items():
        lines.append(f"[{name}]")
        for key, values in entries:
            separator = ", \\\n\t" if breaks else ","
            lines.append(f"{_quote(key)} = {separator.join(_quote(one) for one in values)} ; end")
    return "\n".join(lines)


@given(
    st.dictionaries(NAMES, st.lists(ENTRY, max_size=4), max_size=4).filter(
        lambda found: len({name.lower() for name in found}) == len(found)
    ),
    st.booleans(),
)
def test_what_is_written_is_read_back(sections, breaks):
    lexed = lex(_write(sections, breaks), "t.inf")
    found = {
        section.name: [(entry.key.text, [one.text for one in entry.values]) for entry in section.entries]
        for section in lexed.sections.values()
    }
    assert found == {
        name: [(key, list(values)) for key, values in entries] for name, entries in sections.items()
    }
    assert not lexed.warnings


@given(st.text(st.sampled_from('[]=,;"\\% \t\nab'), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        lexed = lex(text, "t.inf")
    except InfError as error:
        assert error.mark.line >= 1  # noqa: PT017  both outcomes are right
        assert error.mark.column >= 1  # noqa: PT017  likewise
        return
    lines = text.split("\n")
    for section in lexed.sections.values():
        for entry in section.entries:
            for token in (entry.key, *entry.values):
                if token is not None:
                    assert 1 <= token.mark.line <= len(lines)
                    assert 1 <= token.mark.column <= len(lines[token.mark.line - 1]) + 1
