"""Host patterns: ``officine_0421:&comptoir:!secours``, globs, ``~regex``, ``group[0]``, ``@file``."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import SelectorError, SourceError
from officefleet.i18n import _
from officefleet.inventory.hostrange import is_single_host
from officefleet.models import pharmacy_id_of
from officefleet.source.yaml import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_TERM = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
_SUBSCRIPT = re.compile(r"^(?P<base>.+)\[(?:(?P<index>-?[0-9]+)|(?P<start>[0-9]+)[:-](?P<end>[0-9]*))\]$")
_GLOB = frozenset(".?*[")
_PHARMACY = re.compile(r"^officine_[0-9]{4,6}$")


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a pattern.

    Attributes:
        operator: "" adds, "&" keeps only, "!" removes.
        base: the name, glob or ``~regex``, without its subscript.
        subscript: Python slice or index of the matches to keep, or None.

    """

    operator: str
    base: str
    subscript: slice | int | None = None

    @property
    def is_regex(self) -> bool:
        """Whether it is a regular expression."""
        return self.base.startswith("~")

    @property
    def is_literal(self) -> bool:
        """Whether it can match one name only."""
        return not self.is_regex and not any(char in "?*[" for char in self.base)

    @property
    def tries_hosts(self) -> bool:
        """Whether it is matched against hosts even when a group matched."""
        return self.is_regex or any(char in _GLOB for char in self.base)

    def matches(self, names: Iterable[str]) -> list[str]:
        """Return the names that it matches, in order.

        Raises:
            SelectorError: the regular expression is malformed.

        """
        try:
            compiled = re.compile(self.base[1:] if self.is_regex else fnmatch.translate(self.base))
        except re.error as error:
            raise SelectorError(
                _("invalid host pattern {pattern!r}: {reason}").format(pattern=self.base, reason=error)
            ) from None
        return [name for name in names if compiled.match(name)]

    def cut(self, hosts: list[str]) -> list[str]:
        """Return the hosts that the subscript keeps.

        Raises:
            SelectorError: no host has that index.

        """
        if self.subscript is None or not hosts:
            return hosts
        if isinstance(self.subscript, slice):
            return hosts[self.subscript]
        try:
            return [hosts[self.subscript]]
        except IndexError:
            raise SelectorError(
                _("no host number {index} in {pattern!r}: it has {count}").format(
                    index=self.subscript, pattern=self.base, count=len(hosts)
                )
            ) from None


def parse(pattern: str) -> list[Term]:
    """Return the terms of a pattern in the order they apply: additions, ``&``, ``!``.

    Only ``&`` and ``!`` terms: they apply to ``all``.
    """
    return order([_term(text) for text in split(pattern)])


def parse_limit(limit: str) -> list[Term]:
    """Return the terms of ``--limit``, where ``@file`` stands for the lines of a file.

    Raises:
        SelectorError: the file cannot be read.

    """
    terms: list[Term] = []
    for text in split(limit):
        if not text.startswith("@"):
            terms.append(_term(text))
            continue
        try:
            lines = read_text(Path(text[1:])).splitlines()
        except SourceError as error:
            raise SelectorError(
                _("cannot read the limit file {file!r}: {reason}").format(file=text[1:], reason=error.message)
            ) from None
        terms += [_term(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    return order(terms)


def order(terms: list[Term]) -> list[Term]:
    """Return terms with additions first (``all`` when there is none), then ``&``, then ``!``."""
    if not terms:
        return []
    ranked = sorted(terms, key=lambda term: ("", "&", "!").index(term.operator))
    return ranked if ranked[0].operator == "" else [Term("", "all"), *ranked]


def split(pattern: str) -> list[str]:
    """Return the parts of a pattern: separated by commas, else by colons outside brackets."""
    if "," in pattern:
        parts = pattern.split(",")
    elif is_single_host(pattern.strip()):
        parts = [pattern]
    else:
        parts = _TERM.findall(pattern)
    return [part.strip() for part in parts if part.strip()]


def _term(text: str) -> Term:
    operator = text[0] if text[0] in "&!" else ""
    base = text[len(operator) :]
    if not base:
        raise SelectorError(_("nothing follows {operator!r} in the host pattern").format(operator=operator))
    found = None if base.startswith("~") else _SUBSCRIPT.match(base)
    if found is None:
        return Term(operator, base)
    if found["index"] is not None:
        return Term(operator, found["base"], int(found["index"]))
    end = int(found["end"]) + 1 if found["end"] else None
    return Term(operator, found["base"], slice(int(found["start"]), end))


def needed_pharmacies(pattern: str, limit: str | None = None) -> frozenset[str] | None:
    """Return the pharmacies that answer a pattern, or None when that takes the whole fleet.

    For `load_inventory(only=...)`: ``officine_0421:&comptoir`` needs one folder, ``comptoir`` needs all.
    Every pharmacy that the pattern or the limit names is among them, so that a wrong name is still found.
    """
    sides = [parse(pattern)]
    if limit is not None:
        sides.append(parse_limit(limit))
    terms = [term for side in sides for term in side]
    named = [home for term in terms if (home := _homes(term)) is not None]
    if any(term.subscript is not None and _homes(term) is None for term in terms):
        return None  # the third host of a group is known only when the whole group is
    return frozenset().union(*named) if any(_is_narrow(side) for side in sides) else None


def _is_narrow(terms: list[Term]) -> bool:
    """Return whether every host of a pattern is in a pharmacy that the pattern names."""
    added = [term for term in terms if term.operator == ""]
    kept = [term for term in terms if term.operator == "&"]
    return all(_homes(term) is not None for term in added) or any(_homes(term) is not None for term in kept)


def _homes(term: Term) -> frozenset[str] | None:
    """Return the pharmacies that hold the hosts of one term, or None when its name does not say."""
    if term.base in ("localhost", "127.0.0.1", "::1"):
        return frozenset()
    if not term.is_literal:
        return None
    if _PHARMACY.match(term.base):
        return frozenset([term.base])
    home = pharmacy_id_of(term.base)
    return frozenset([home]) if home else None
