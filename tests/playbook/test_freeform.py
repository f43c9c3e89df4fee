"""The short form of arguments: words, pairs, commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.errors import PlaybookError
from officefleet.playbook.freeform import parse_command, parse_pairs, split_words

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="'\"\\{}%#", exclude_categories=("Z", "C")), min_size=1
)


@pytest.mark.parametrize(
    ("text", "pairs", "rest"),
    [
        ("src=a dest=b", {"src": "a", "dest": "b"}, []),
        ("content='a b' dest=/x", {"content": "a b", "dest": "/x"}, []),
        ("msg=\"it's {{ x | default('a b') }}\"", {"msg": "it's {{ x | default('a b') }}"}, []),
        ("path={{ base }}/{{ name }} mode=0644", {"path": "{{ base }}/{{ name }}", "mode": "0644"}, []),
        ("a=b=c", {"a": "b=c"}, []),
        ("loose a=1", {"a": "1"}, ["loose"]),
        ("-x=1", {}, ["-x=1"]),
        ("", {}, []),
    ],
)
def test_pairs(text: str, pairs: dict[str, str], rest: list[str]) -> None:
    assert parse_pairs(text) == (pairs, rest)


@pytest.mark.parametrize(
    ("text", "pairs", "command"),
    [
        ("ls -l chdir=/srv", {"chdir": "/srv"}, "ls -l"),
        ("echo a=1 creates=/x", {"creates": "/x"}, "echo a=1"),
        ("echo 'chdir=/srv is text'", {}, "echo 'chdir=/srv is text'"),
        ("echo it's", {}, "echo it's"),
        ("echo {{ x }}  two", {}, "echo {{ x }}  two"),
    ],
)
def test_commands(text: str, pairs: dict[str, str], command: str) -> None:
    assert parse_command(text, {"chdir", "creates"}) == (pairs, command)


@pytest.mark.parametrize("text", ["a='b", 'a="b c', "a={{ b"])
def test_an_open_quote_or_bracket_is_an_error(text: str) -> None:
    with pytest.raises(PlaybookError, match="unbalanced"):
        split_words(text)


@given(st.lists(WORDS, max_size=8))
def test_plain_words_come_back(words: list[str]) -> None:
    assert split_words("  ".join(words)) == words


@given(st.text(max_size=60))
def test_any_text_gives_words_or_an_error(text: str) -> None:
    try:
        words = split_words(text)
    except PlaybookError:
        return
    assert "".join(words) == "".join(one for one in text if not one.isspace()) or set("'\"{") & set(text)
