"""One error as text: its place, an excerpt with a caret, one hint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.engine.masking import STARS
from officefleet.errors import OfficefleetError, ProblemsError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.errors import Mark

_CONTEXT_LINES = 2
_MAX_WIDTH = 160
_SEALED = re.compile(r"\s*(\$ANSIBLE_VAULT;|age-encryption\.org/|-----BEGIN AGE ENCRYPTED FILE)")
_CIPHERTEXT = re.compile(r"[0-9a-f]{40,}|(?<=^)\s*[A-Za-z0-9+/=]{60,}$")


def render_problem(error: OfficefleetError) -> str:
    """Return the report of an error, ending in a newline; a group lists each of its problems."""
    if isinstance(error, ProblemsError):
        return "".join(render_problem(one) for one in error.problems) + error.message + "\n"
    place = f"{error.mark}: " if error.mark else ""
    lines = [place + _("error: {message}").format(message=error.message), *excerpt(error.mark)]
    if error.hint:
        lines.append("  " + _("hint: {hint}").format(hint=error.hint))
    return "\n".join(lines) + "\n"


def excerpt(mark: Mark | None) -> list[str]:
    """Return the lines around a place with a caret under its column; [] when they cannot be read."""
    if mark is None or not mark.line:
        return []
    try:
        text = Path(mark.file).read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return []
    if text and _SEALED.match(text[0]):
        return []  # the place is one in the plain text, which must not show
    first = max(1, mark.line - _CONTEXT_LINES)
    shown = [
        f"  {number:>5} | {_CIPHERTEXT.sub(STARS, text[number - 1])[:_MAX_WIDTH]}"
        for number in range(first, min(mark.line, len(text)) + 1)
    ]
    if shown and mark.column:
        shown.append(f"  {'':>5} | {'':>{mark.column - 1}}^")
    return shown
