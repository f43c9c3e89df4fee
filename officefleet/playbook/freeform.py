"""The short form of arguments: ``copy: src=a dest="b c"`` and ``command: ls -l chdir=/tmp``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from officefleet.errors import Mark, PlaybookError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection

_ESCAPE = re.compile(r"\\U[0-9a-fA-F]{8}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}|\\[\\'\"abfnrtv]")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")


def split_words(text: str, mark: Mark | None = None) -> list[str]:
    """Return the words of a short form; quotes and ``{{ }}`` keep white space together, and stay in the word.

    Raises:
        PlaybookError: an unbalanced quote or template bracket.

    """
    words: list[str] = []
    word: list[str] = []
    quote = ""
    depth = 0
    index = 0
    while index < len(text):
        pair = text[index : index + 2]
        char = text[index]
        if not quote and pair in ("{{", "{%", "{#"):
            depth += 1
            word.append(pair)
            index += 2
            continue
        if not quote and depth and pair in ("}}", "%}", "#}"):
            depth -= 1
            word.append(pair)
            index += 2
            continue
        if char == "\\" and pair[1:] in ("'", '"') and not depth:
            word.append(pair)
            index += 2
            continue
        if char in "'\"" and not depth:
            quote = "" if char == quote else (quote or char)
        if char.isspace() and not quote and not depth:
            if word:
                words.append("".join(word))
                word = []
        else:
            word.append(char)
        index += 1
    if quote or depth:
        raise PlaybookError(
            _("unbalanced quotes or template brackets in the short form"),
            mark=mark,
            hint=_("write the arguments as a YAML mapping"),
        )
    if word:
        words.append("".join(word))
    return words


def _unescaped(text: str) -> str:
    """Return text with the escapes of the short form decoded, as in a JSON text."""
    return _ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), text)


def _unquote(text: str) -> str:
    text = _unescaped(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def parse_pairs(text: str, mark: Mark | None = None) -> tuple[dict[str, str], list[str]]:
    """Return ({name: value}, other words) of a short form."""
    pairs: dict[str, str] = {}
    rest: list[str] = []
    for word in split_words(text, mark):
        if _NAME.match(word):
            name, _eq, value = word.partition("=")
            pairs[name] = _unquote(value)
        else:
            rest.append(word)
    return pairs, rest


def parse_command(text: str, names: Collection[str], mark: Mark | None = None) -> tuple[dict[str, str], str]:
    """Return (known arguments, the command with them taken out) of a free-form module's text."""
    pairs: dict[str, str] = {}
    kept = text
    try:
        words = split_words(text, mark)
    except PlaybookError:
        return {}, text.strip()  # a shell text may hold a lone quote that only the shell understands
    for word in words:
        name, equal, value = word.partition("=")
        if equal and name in names:
            pairs[name] = _unquote(value)
            kept = re.sub(r"(^|\s)" + re.escape(word) + r"(?=\s|$)", r"\1", kept, count=1)
    return pairs, kept.strip()
