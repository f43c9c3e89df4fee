r"""INF text as sections of entries; every token knows its place.

The rules are those of SetupAPI ("General Syntax Rules for INF Files", Microsoft Learn): names are
case-insensitive, ``;`` opens a comment outside quotes, ``\`` at the end of a line continues it, ``""``
inside quotes is one quote, sections of one name are one section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from officefleet.errors import InfError, Mark
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 255  # characters of a section name, SetupAPI's MAX_SECT_NAME_LEN

_BLANK = " \t\f\v\x1a"
_NEWLINE = re.compile(r"\r\n|\n|\r")
_PLAIN = re.compile(r'[^",;=\\ \t\f\v\x1a]+')


@dataclass(frozen=True, slots=True)
class Token:
    """A key or value as written: outer blanks and quotes removed, ``%strings%`` not yet replaced."""

    text: str
    mark: Mark
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One logical line: ``key = value, value`` or ``value, value`` without a key."""

    key: Token | None
    values: tuple[Token, ...]
    mark: Mark


@dataclass(slots=True)
class Section:
    """A section's entries in file order; `mark` is its first header."""

    name: str
    mark: Mark
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InfWarning:
    """Something that Windows tolerates and an author should mend."""

    message: str
    mark: Mark


@dataclass(slots=True)
class Lexed:
    """Sections by lower-case name, in file order, and what was tolerated."""

    sections: dict[str, Section]
    warnings: list[InfWarning]


def lex(text: str, name: str) -> Lexed:
    """Return the sections of `text`; `name` is the file that marks will show.

    Raises:
        InfError: an entry before the first section; a section header not closed, empty or too long.

    """
    return _Lexer(name).run(_NEWLINE.split(text))


class _Field:
    """A value being read: blanks count only between what is kept."""

    __slots__ = ("mark", "parts", "pending", "quoted")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.pending = ""
        self.quoted = False
        self.mark: Mark | None = None

    def add(self, text: str, mark: Mark, *, quoted: bool = False) -> None:
        if self.mark is None:
            self.mark = mark
        else:
            self.parts.append(self.pending)
        self.pending = ""
        self.parts.append(text)
        self.quoted |= quoted

    def blank(self, text: str) -> None:
        if self.mark is not None:
            self.pending += text

    def token(self, place: Mark) -> Token:
        return Token("".join(self.parts), self.mark or place, self.quoted)


class _Lexer:
    """Reads physical lines one by one; the logical line under way is kept between them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lexed = Lexed({}, [])
        self._section: Section | None = None
        self._reset()

    def _reset(self) -> None:
        self._open = False
        self._start: Mark | None = None
        self._key: Token | None = None
        self._values: list[Token] = []
        self._field = _Field()

    def run(self, lines: Iterable[str]) -> Lexed:
        for number, line in enumerate(lines, start=1):
            stripped = line.lstrip(_BLANK)
            if not self._open and stripped.startswith("["):
                self._header(stripped, Mark(self._name, number, len(line) - len(stripped) + 1))
            elif not self._line(line, number):
                self._finish(Mark(self._name, number, len(line) + 1))
        if self._open:
            self._finish(self._start or Mark(self._name))
        return self._lexed

    def _warn(self, message: str, mark: Mark) -> None:
        self._lexed.warnings.append(InfWarning(message, mark))

    def _header(self, text: str, mark: Mark) -> None:
        end = text.find("]")
        if end < 0:
            raise InfError(_("the section header has no closing ]"), mark=mark, hint=_("write [Name]"))
        name = text[1:end].strip(_BLANK)
        if len(name) >= 2 and name[0] == name[-1] == '"':  # noqa: PLR2004  a pair of quotes
            name = name[1:-1]
        if not name:
            raise InfError(_("the section has no name"), mark=mark, hint=_("write [Name]"))
        if len(name) > MAX_NAME:
            raise InfError(
                _("the section's name has {length} characters; Windows takes {limit}").format(
                    length=len(name), limit=MAX_NAME
                ),
                mark=mark,
            )
        rest = text[end + 1 :].strip(_BLANK)
        if rest and not rest.startswith(";"):
            self._warn(_("text after the section header is ignored"), mark)
        self._section = self._lexed.sections.setdefault(name.lower(), Section(name, mark))

    def _line(self, line: str, number: int) -> bool:
        """Read one physical line; return whether the logical line goes on."""
        at, length = 0, len(line)
        while at < length:
            char = line[at]
            mark = Mark(self._name, number, at + 1)
            if char == ";":
                break
            if char in _BLANK:
                self._field.blank(char)
                at += 1
                continue
            if char == "\\" and _ends(line, at + 1):
                self._touch(mark)
                self._open = True
                return True
            self._touch(mark)
            at = self._character(line, at, mark)
        return False

    def _touch(self, mark: Mark) -> None:
        if self._start is None:
            self._start = mark

    def _character(self, line: str, at: int, mark: Mark) -> int:
        """Take what stands at `at`; return where reading goes on."""
        char = line[at]
        if char == '"':
            return self._quoted(line, at, mark)
        if char == ",":
            self._values.append(self._field.token(mark))
            self._field = _Field()
            return at + 1
        if char == "=" and self._key is None and not self._values:
            self._key = self._field.token(mark)
            self._field = _Field()
            return at + 1
        plain = _PLAIN.match(line, at)
        end = plain.end() if plain else at + 1
        self._field.add(line[at:end], mark)
        return end

    def _quoted(self, line: str, at: int, mark: Mark) -> int:
        parts: list[str] = []
        at += 1
        while True:
            end = line.find('"', at)
            if end < 0:  # SetupAPI closes the quotes at the end of the line
                self._warn(_("the quotes are not closed"), mark)
                parts.append(line[at:])
                at = len(line)
                break
            parts.append(line[at:end])
            at = end + 1
            if not line.startswith('"', at):
                break
            parts.append('"')
            at += 1
        self._field.add("".join(parts), mark, quoted=True)
        return at

    def _finish(self, end: Mark) -> None:
        if self._start is not None:
            last = self._field.token(end)
            values = [*self._values, last]
            if len(values) == 1 and self._field.mark is None:
                values = []  # "key =" has no value at all
            if self._section is None:
                raise InfError(
                    _("an entry stands before the first section"),
                    mark=self._start,
                    hint=_("an INF file begins with [Version]"),
                )
            if self._key is not None or values:
                self._section.entries.append(Entry(self._key, tuple(values), self._start))
        self._reset()


def _ends(line: str, at: int) -> bool:
    rest = line[at:].lstrip(_BLANK)
    return not rest or rest.startswith(";")
