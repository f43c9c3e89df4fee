"""The old way to give a lookup its options: inside the term, ``"key file=x.csv col=2"``."""

from __future__ import annotations

import re
from typing import Any

from officefleet.errors import TemplateError
from officefleet.i18n import _

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


def with_options(lookup: str, term: Any, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return (key, options) of a term; options inside it win over the given ones.

    Raises:
        TemplateError: an option that the lookup does not have.

    """
    key, inside = split_term(str(term))
    for name in inside:
        if name not in given:
            raise TemplateError(
                _("lookup {lookup}: {name} is not a valid option").format(lookup=lookup, name=name),
                hint=_("one of {names}").format(names=", ".join(given)),
            )
    return key, {**given, **inside}
