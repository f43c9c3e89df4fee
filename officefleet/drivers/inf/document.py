"""An INF file whose ``%strings%`` can be replaced: the layer between lines and meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.drivers.inf.lexer import Entry, InfWarning, Section, Token, lex
from officefleet.drivers.inf.text import decode
from officefleet.errors import InfError, Mark
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STRING_TOKEN = re.compile(r"%([^%\r\n]*)%")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w.-]*")  # what can only be a key: paths such as "%1" %2 are no strings
_FRENCH, _ENGLISH = "040c", "0409"
LANGUAGE_IDS = {"fr": _FRENCH, "en": _ENGLISH}


@dataclass(frozen=True, slots=True)
class InfDocument:
    """The sections of one INF file.

    Attributes:
        name: the file's name.
        encoding: the codec that it was read with.
        sections: by lower-case name, in file order.
        strings: lower-case key to value, the asked language over the neutral one.
        warnings: what Windows tolerates.

    """

    name: str
    encoding: str
    sections: dict[str, Section]
    strings: dict[str, str]
    warnings: tuple[InfWarning, ...]

    def section(self, name: str) -> Section | None:
        """Return a section by name, in any case, or None."""
        return self.sections.get(name.lower())

    def entries(self, name: str) -> list[Entry]:
        """Return a section's entries, [] when there is no such section."""
        section = self.section(name)
        return section.entries if section else []

    def value(self, section: str, key: str) -> Token | None:
        """Return the first value of ``key = ...`` in a section, or None."""
        for entry in self.entries(section):
            if entry.key is not None and entry.values and entry.key.text.lower() == key.lower():
                return entry.values[0]
        return None

    def text(self, token: Token | None) -> str:
        """Return a token with its ``%strings%`` replaced; "" for None."""
        return self.expand(token.text) if token else ""

    def expand(self, text: str) -> str:
        """Replace ``%key%`` by its string, ``%%`` by one percent sign; unknown keys and dirids stay."""

        def replacement(match: re.Match[str]) -> str:
            key = match.group(1)
            return self.strings.get(key.lower(), match.group(0)) if key else "%"

        return _STRING_TOKEN.sub(replacement, text) if "%" in text else text

    def undefined_strings(self) -> Iterator[InfWarning]:
        """Yield each use of a ``%key%`` that no [Strings] section defines."""
        for section in self.sections.values():
            if section.name.lower().split(".")[0] == "strings":
                continue
            for entry in section.entries:
                for token in (entry.key, *entry.values) if entry.key else entry.values:
                    yield from self._undefined(token)

    def _undefined(self, token: Token | None) -> Iterator[InfWarning]:
        if token is None or "%" not in token.text:
            return
        for key in _STRING_TOKEN.findall(token.text):
            if _PLAIN_KEY.fullmatch(key) and key.lower() not in self.strings:
                yield InfWarning(_("%{key}% is not in [Strings]").format(key=key), token.mark)


def parse_document(data: bytes, name: str, *, codepage: str = "cp1252", language: str = "fr") -> InfDocument:
    """Parse the bytes of an INF file.

    Args:
        data: the file's bytes.
        name: the file's name, for marks.
        codepage: Python codec for files without a byte order mark.
        language: "fr" or "en": which [Strings.LanguageID] comes before [Strings].

    Raises:
        InfError: not an INF file, with its place.

    """
    decoded = decode(data, name, codepage=codepage)
    lexed = lex(decoded.text, name)
    strings: dict[str, str] = {}
    for section in ("strings", f"strings.{LANGUAGE_IDS.get(language, _ENGLISH)}"):
        found = lexed.sections.get(section)
        for entry in found.entries if found else ():
            if entry.key is not None:
                # A comma outside quotes ends a string for Windows: only the first field counts.
                strings[entry.key.text.lower()] = entry.values[0].text if entry.values else ""
    return InfDocument(name, decoded.encoding, lexed.sections, strings, tuple(lexed.warnings))


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        InfError: it cannot be read.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InfError(
            _("cannot read the file: {reason}").format(reason=error.strerror or str(error)),
            mark=Mark(str(path)),
        ) from None
