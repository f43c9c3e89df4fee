r"""Backslashes inside ``{{ ... }}`` mean themselves, as Ansible has it.

Jinja reads ``'\1'`` in a template as the character with code 1. Playbooks write ``regex_replace('(a)', '\1')`` and mean
a group, so a backslash in a string literal of an expression is doubled before Jinja sees it. Only the escaped quote of
the literal itself stays an escape. Statements (``{% ... %}``) and template files keep Jinja's own reading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_PAIR = re.compile(r"\\(.)", re.DOTALL)


def literal_backslashes(environment: Environment, text: str) -> str:
    """Return the text of a template with the backslashes of its expressions' string literals doubled.

    Raises:
        jinja2.TemplateSyntaxError: the text is not a template.

    """
    if "\\" not in text or "{{" not in text:
        return text
    parts = []
    inside = False
    for _line, kind, value in environment.lex(text):
        if kind == "variable_begin":
            inside = True
        elif kind == "variable_end":
            inside = False
        parts.append(_doubled(value) if inside and kind == "string" else value)
    return "".join(parts)


def _doubled(literal: str) -> str:
    quote = literal[0]

    def pair(found: re.Match[str]) -> str:
        second = found[1]
        if second == quote:
            return found[0]
        return "\\\\\\\\" if second == "\\" else "\\\\" + second

    return _PAIR.sub(pair, literal)
