"""File modes as tasks write them: octal or symbolic. Pure, standard library only."""

from __future__ import annotations

import re

from officefleet.agents.kit import Failed

_MODE_LIMIT = 0o7777
_BITS = {"r": 0o4, "w": 0o2, "x": 0o1}
_SHIFT = {"u": 6, "g": 3, "o": 0}
_SPECIAL = {"s": 0o6000, "t": 0o1000}
_AFFECTED = {"u": 0o4700, "g": 0o2070, "o": 0o1007}
_CLAUSE = re.compile(r"^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$")


def wanted_mode(
    mode: str | int | None, current: int, *, is_directory: bool = False, mask: int = 0o022
) -> int:
    """Return the mode bits that `mode` asks for.

    Args:
        mode: octal text ("0644"), number, or symbolic text ("u=rw,g+r"); None keeps the current one.
        current: the bits in force, or those that a new file would get.
        is_directory: what ``X`` looks at.
        mask: the umask, which limits a symbolic clause that names no one ("+x").

    Raises:
        Failed: `mode` is neither.

    """
    if mode is None:
        return current
    text = "%o" % mode if isinstance(mode, int) else mode.strip()
    if re.match(r"^[0-7]+$", text):
        bits = int(text, 8)
        if bits <= _MODE_LIMIT:
            return bits
        raise Failed("mode must be in octal or symbolic form", details="mode out of range: %s" % text)
    bits = current
    for clause in text.split(","):
        found = _CLAUSE.match(clause.strip())
        if not found:
            raise Failed(
                "mode must be in octal or symbolic form",
                details="bad symbolic permission for mode: %s" % mode,
            )
        for operator, letters in re.findall(r"([-+=])([rwxXstugo]*)", found.group(2)):
            bits = _operate(bits, found.group(1), operator, letters, is_directory=is_directory, mask=mask)
    return bits


def _operate(bits: int, who: str, operator: str, letters: str, *, is_directory: bool, mask: int) -> int:
    """Return `bits` after one operation such as ``g+rx``."""
    affected = 0
    for one in "ugo" if not who or "a" in who else who:
        affected |= _AFFECTED[one]
    value = _permissions(bits, letters, is_directory=is_directory) & (affected if who else ~mask)
    if operator == "=":
        return (bits & ~affected) | value
    return bits | value if operator == "+" else bits & ~value


def _permissions(bits: int, letters: str, *, is_directory: bool) -> int:
    """Return the bits that letters such as ``rX``, ``s`` or ``u`` stand for, for everyone."""
    value = special = 0
    for letter in letters:
        if letter in _BITS:
            value |= _BITS[letter]
        elif letter == "X" and (is_directory or bits & 0o111):
            value |= 0o1
        elif letter in _SHIFT:
            value |= (bits >> _SHIFT[letter]) & 0o7
        elif letter in _SPECIAL:
            special |= _SPECIAL[letter]
    return special | value << 6 | value << 3 | value


def octal(bits: int) -> str:
    """Return mode bits as Ansible prints them, e.g. "0644"."""
    return "0%03o" % bits
