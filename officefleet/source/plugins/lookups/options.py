"""The old way to give a lookup its options: inside the term, ``"key file=x.csv col=2"``."""

from __future__ import annotations

import re
from typing import Any

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'])+""")
_PAIR = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)


def split_term(term: str) -> tuple[str, dict[str, str]]:
    """Return (the words without ``=``, the options) of a term; quotes hold a value together."""
    words, options = [], {}
    for word in _WORD.findall(term):
        pair = _PAIR.fullmatch(word)
        if pair is None:
            words.append(word)
        else:
            options[pair["name"]] = _unquoted(pair["value"])
    return " ".join(words), options


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def with_options(term: Any, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return (key, options) of a term; options inside it that the lookup knows win over the given ones."""
    key, inside = split_term(str(term))
    known = {name: value for name, value in inside.items() if name in given}
    unknown = [f"{name}={value}" for name, value in inside.items() if name not in given]
    return " ".join([key, *unknown]).strip(), {**given, **known}
