"""What the plans of Windows modules share: changes, names that ignore case, Windows' quoting.

Plans run on the controller, so what stands here never travels to a host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BOTH = ("ansible.windows", "community.windows")
"""Modules have moved from the second collection to the first; playbooks name either."""

_SID = re.compile(r"^S-1-\d+(-\d+)+$", re.IGNORECASE)


def change(
    op: str, path: str, before: Mapping[str, Any], after: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Return one change; `more` is what the host needs to carry it out."""
    return {"op": op, "path": path, "before": dict(before), "after": dict(after), **more}


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `wanted` is given (not None) and is not so in `found`."""
    return {name: value for name, value in wanted.items() if value is not None and found.get(name) != value}


def only(names: Iterable[str], of: Mapping[str, Any]) -> dict[str, Any]:
    """Return the named part of a mapping; what it lacks is None."""
    return {name: of.get(name) for name in names}


def same(one: str | None, other: str | None) -> bool:
    """Return whether Windows takes two names for the same: it ignores their case."""
    return (one or "").casefold() == (other or "").casefold()


def is_sid(text: str) -> bool:
    """Return whether a text is a security identifier, such as S-1-5-32-544."""
    return _SID.match(text) is not None


def join(folder: str, name: str) -> str:
    r"""Return the path of `name` in `folder`, with backslashes."""
    return folder.rstrip("\\/") + "\\" + name.strip("\\/").replace("/", "\\")


def split_path(path: str) -> tuple[str, str]:
    r"""Return (folder, last part) of a path written with either slash."""
    folder, _separator, name = path.replace("/", "\\").rstrip("\\").rpartition("\\")
    return folder, name


def quote(word: str) -> str:
    """Return a word as programs that use the C runtime's parser read it back.

    The rule (backslashes double only before a quotation mark) is in Microsoft's "Parsing C command-line arguments",
    https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments.
    """
    if word and not re.search(r'[\s"]', word):
        return word
    inner = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", inner) + '"'


def command_line(words: Sequence[str]) -> str:
    """Return words as one command line."""
    return " ".join(quote(word) for word in words)
