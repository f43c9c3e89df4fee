"""What no golden image may hold: the rules of ``denied.yaml``, applied to the files of a file system."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import RefusedContentError
from officefleet.source.yaml import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

_RULES = Path(__file__).parent / "denied.yaml"
_LOOKED_AT = 256 * 1024
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of content that is refused."""

    id: str
    reason: str
    path: re.Pattern[str]
    content: re.Pattern[bytes] | None = None
    spared: re.Pattern[bytes] | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Rule:
        """Return the rule in a mapping of ``denied.yaml``'s form."""
        paths = "|".join(_glob(str(path)) for path in fields["paths"])
        return cls(
            id=str(fields["id"]),
            reason=str(fields["reason"]),
            path=re.compile(paths, re.IGNORECASE),
            content=_pattern(fields.get("content")),
            spared=_pattern(fields.get("except")),
        )

    def refuses(self, file: Path, relative: str) -> bool:
        """Return whether a file, at `relative` in its file system, is refused."""
        if not self.path.fullmatch(relative):
            return False
        with file.open("rb") as opened:
            start = opened.read(_LOOKED_AT)
        if not start:
            return False
        if self.spared is not None and self.spared.search(start):
            return False
        return self.content is None or self.content.search(start) is not None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file that must not be in an image."""

    rule: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """An exception that a recipe makes, with its reason: a rule's id and the exact path."""

    rule: str
    path: str
    reason: str = field(compare=False)


def shipped_rules() -> list[Rule]:
    """Return the rules of ``denied.yaml``."""
    return [Rule.of(fields) for fields in load(_RULES)["rules"]]


def find_refused(root: Path, rules: Sequence[Rule], allowed: Iterable[Allowance] = ()) -> Iterator[Refusal]:
    """Yield what the rules refuse below `root`; links are never followed.

    Args:
        root: of a mounted or unpacked file system.
        rules: from `shipped_rules`, and a recipe's own.
        allowed: exceptions.

    """
    spared = {(one.rule, one.path) for one in allowed}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            if file.is_symlink() or not file.is_file():
                continue
            relative = file.relative_to(root).as_posix()
            for rule in rules:
                if (rule.id, relative) not in spared and rule.refuses(file, relative):
                    yield Refusal(rule.id, relative, rule.reason)


def check_tree(root: Path, rules: Sequence[Rule], allowed: Iterable[Allowance] = ()) -> None:
    """Check that a file system may become an image.

    Raises:
        RefusedContentError: it holds something that the rules refuse; all of it is named.

    """
    refuse(list(find_refused(root, rules, allowed)))


def refuse(found: Sequence[Refusal]) -> None:
    """Raise an error that names all that was found; return when nothing was.

    Raises:
        RefusedContentError: something was.

    """
    if not found:
        return
    listed = "; ".join(f"{one.path}: {one.reason} [{one.rule}]" for one in found[:_SHOWN])
    more = _(" and {count} more").format(count=len(found) - _SHOWN) if len(found) > _SHOWN else ""
    raise RefusedContentError(
        _("The image holds what no golden image may hold: {listed}{more}.").format(listed=listed, more=more),
        hint=_("Remove it; or, if it is harmless, name it under allow in the recipe with a reason."),
    )


def _pattern(text: object) -> re.Pattern[bytes] | None:
    return None if text is None else re.compile(str(text).encode())


def _glob(path: str) -> str:
    out = ""
    for part in re.split(r"(\*\*/|\*\*|\*)", path):
        if part == "**/":
            out += r"(?:[^/]+/)*"
        elif part == "**":
            out += r".+"
        elif part == "*":
            out += r"[^/]*"
        else:
            out += re.escape(part)
    return out
