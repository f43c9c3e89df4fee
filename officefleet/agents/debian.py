"""Debian's packages: what is installed, how versions compare, what apt-get would do. Standard library only."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

STATUS = "/var/lib/dpkg/status"
_FIELD = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_PROVIDES = re.compile(r"^Provides:.*(?:\n[ \t].*)*", re.MULTILINE)
_WANTED = re.compile(r"^(?P<name>[^=:<>]+)(?::(?P<arch>[a-z0-9-]+))?(?:(?P<relation>>=|=)(?P<version>.+))?$")
_ACTION = re.compile(r"^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+) [^)]*\))?")
_DIGITS = re.compile(r"(\d+)")


def read_status() -> str:
    """Return dpkg's database of packages."""
    try:
        with open(STATUS, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except OSError:
        return ""


def fields(stanza: str) -> dict[str, str]:
    """Return a stanza's fields; lines that go on are kept as they are."""
    return {match.group(1): match.group(2) for match in _FIELD.finditer(stanza)}


def stanzas(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of every package in dpkg's database."""
    for stanza in text.split("\n\n"):
        if stanza.strip():
            yield fields(stanza)


def find(text: str, name: str) -> list[dict[str, str]]:
    """Return the stanzas of one package: one an architecture; without reading the whole database as fields."""
    found = []
    key = "Package: %s\n" % name
    place = text.find(key)
    while place != -1:
        if place == 0 or text[place - 1] == "\n":
            end = text.find("\n\n", place)
            found.append(fields(text[place : len(text) if end == -1 else end]))
        place = text.find(key, place + 1)
    return found


def is_installed(stanza: dict[str, str]) -> bool:
    """Return whether a package is there with its files."""
    return stanza.get("Status", "").endswith(" installed")


def has_configuration(stanza: dict[str, str]) -> bool:
    """Return whether a removed package has left its configuration files."""
    return stanza.get("Status", "").endswith(" config-files")


def providers(text: str, name: str) -> list[str]:
    """Return the installed packages that provide a virtual one."""
    found = []
    word = re.compile(r"(?<![\w.+-])%s(?![\w.+-])" % re.escape(name))
    for match in _PROVIDES.finditer(text):
        if word.search(match.group(0), len("Provides:")):
            start = text.rfind("\n\n", 0, match.start())
            end = text.find("\n\n", match.start())
            stanza = fields(text[0 if start == -1 else start + 2 : len(text) if end == -1 else end])
            if is_installed(stanza):
                found.append(stanza["Package"])
    return found


def parse_wanted(text: str) -> dict[str, Any] | None:
    """Return {"name", "arch", "relation", "version"} of ``name:arch=version``, None when it is malformed."""
    match = _WANTED.match(text.strip())
    if match is None:
        return None
    found: dict[str, Any] = match.groupdict()
    found["name"] = found["name"].strip()
    return found


def parse_simulation(text: str) -> list[dict[str, Any]]:
    """Return what ``apt-get --simulate`` says: {"action", "name", "old", "new"} in order."""
    found = []
    for line in text.splitlines():
        match = _ACTION.match(line)
        if match:
            action, name, old, new = match.groups()
            kind = "install" if action == "Inst" else "remove" if action == "Remv" else "purge"
            found.append({"action": kind, "name": name, "old": old, "new": new})
        elif line.startswith("Del "):
            found.append({"action": "delete", "name": line.split()[1], "old": line.split()[2], "new": None})
    return found


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1 as a version is older than another, the same or newer (deb-version(7))."""
    for left, right in zip(_split(one), _split(other)):  # noqa: B905  Python 3.8 has no strict
        order = _compare_part(left, right)
        if order:
            return order
    return 0


def _split(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _hyphen, revision = rest.rpartition("-")
    return (epoch, upstream, revision) if upstream else (epoch, rest, "0")


def _compare_part(one: str, other: str) -> int:
    """Compare texts and numbers in turn; in texts a tilde comes before the end, letters before the rest."""
    left, right = _DIGITS.split(one), _DIGITS.split(other)
    for place in range(max(len(left), len(right))):
        mine = left[place] if place < len(left) else ""
        theirs = right[place] if place < len(right) else ""
        difference = int(mine or 0) - int(theirs or 0) if place % 2 else _compare_texts(mine, theirs)
        if difference:
            return 1 if difference > 0 else -1
    return 0


def _compare_texts(one: str, other: str) -> int:
    for place in range(max(len(one), len(other))):
        difference = _weight(one, place) - _weight(other, place)
        if difference:
            return difference
    return 0


def _weight(text: str, place: int) -> int:
    if place >= len(text):
        return 0
    letter = text[place]
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() else ord(letter) + 256
