"""The forms in which a secret may show in output, and one expression that finds any of them."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LONGEST = 4096  # characters that are also looked for encoded; longer texts are files, found by their lines
_CORE = 8  # characters of base64 that are unlikely to stand there by chance


def forms(text: str) -> set[str]:
    """Return a text as it is and as JSON, Python, HTML, URLs, shells, YAML and base64 write it."""
    if len(text) > _LONGEST:
        return {text, json.dumps(text)[1:-1]}
    found = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        html.escape(text),
        html.escape(text, quote=False),
        text.replace("'", "'\"'\"'"),
        text.replace("'", "'\\''"),
        text.replace("'", "''"),
    }
    data = text.encode("utf-8", "surrogateescape")
    found |= {quote(data), quote(data, safe=""), quote_plus(data)}
    found.update(_base64(data))
    return found


def _base64(data: bytes) -> Iterator[str]:
    """Yield what base64 makes of bytes, alone and in the midst of others at each of the three alignments."""
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode()
        if len(whole.rstrip("=")) >= _CORE:
            yield whole
            yield whole.rstrip("=")
        for before, first in ((0, 0), (1, 2), (2, 3)):  # characters that hold bits of what stands before
            text = encode(b"\0" * before + data).decode()
            core = text[first : (before + len(data)) * 8 // 6]
            if len(core) >= _CORE:
                yield core


def pattern(texts: Collection[str]) -> re.Pattern[str]:
    """Return an expression that finds, at each place, the longest of some texts.

    Common beginnings are written once, so that the time for a place does not grow with the number of texts.
    """
    try:
        return re.compile(_branches(sorted(texts)))
    except RecursionError:  # texts that are one another's beginnings, hundreds deep
        return re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)))


def _branches(texts: list[str]) -> str:
    """Return the expression for sorted texts; an empty one among them makes the rest optional."""
    optional = texts[0] == ""
    rest = texts[1:] if optional else texts
    if not rest:
        return ""
    groups: list[list[str]] = []
    for text in rest:
        if groups and groups[-1][0][0] == text[0]:
            groups[-1].append(text)
        else:
            groups.append([text])
    parts = [_group(group) for group in groups]
    if optional:
        return f"(?:{'|'.join(parts)})?"
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _group(texts: list[str]) -> str:
    """Return the expression for sorted texts with the same first character."""
    first, last = texts[0], texts[-1]  # sorted: what these two share, all share
    size = 0
    while size < min(len(first), len(last)) and first[size] == last[size]:
        size += 1
    return re.escape(first[:size]) + _branches([text[size:] for text in texts])
