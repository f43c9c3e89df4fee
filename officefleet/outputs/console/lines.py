"""Lines of styled spans, free of control characters that a host may have sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a terminal would obey instead of show: C0 and C1 controls, and marks that turn text around.
_HARMFUL = {
    **dict.fromkeys(range(32), "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys(range(0x7F, 0xA0), "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}"),
    ord("\t"): "    ",
    ord("\r"): "",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Text of one style: "", "title", "dim", "ok", "changed", "skipped", "failed", "unreachable", "hint"."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def line(*parts: str | Span | tuple[str, str]) -> Line:
    """Return a line of texts, spans and (text, style) pairs."""
    return tuple(
        part if isinstance(part, Span) else Span(part) if isinstance(part, str) else Span(*part)
        for part in parts
    )


def plain(found: Line) -> str:
    """Return a line's text, safe to print."""
    return "".join(safe(span.text) for span in found)


def safe(text: str) -> str:
    """Return text without what a terminal would obey."""
    return text if text.isascii() and text.isprintable() else text.translate(_HARMFUL)


def block(text: str, *, indent: str, style: str = "", last: int = 0) -> Iterable[Line]:
    """Yield the lines of a text, indented; of a long one only the `last` lines when that is not 0."""
    rows = text.rstrip("\n").split("\n")
    if last and len(rows) > last:
        yield line((f"{indent}... ({len(rows) - last})", "dim"))
        rows = rows[-last:]
    for row in rows:
        yield line((indent + row, style))
