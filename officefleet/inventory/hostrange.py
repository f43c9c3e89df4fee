"""Host names with ranges and ports, as inventory files write them: ``poste[01:10]:2222``."""

from __future__ import annotations

import re
import string

_PORT = re.compile(r"^(?P<host>(?:[^:\[\]]|\[[^\]]*\])*):(?P<port>[0-9]{1,5})$")
_BRACKETED = re.compile(r"^\[(?P<host>.+)\]:(?P<port>[0-9]{1,5})$")
_RANGE = re.compile(r"\[(?P<first>[A-Za-z0-9]*):(?P<last>[A-Za-z0-9]+)(?::(?P<step>[0-9]+))?\]")
_IPV6 = re.compile(r"^[0-9A-Fa-f:.\[\]]*:[0-9A-Fa-f:.\[\]]*:[0-9A-Fa-f:.\[\]]*$")
_MOST = 100_000


def expand(text: str) -> tuple[list[str], int | None]:
    """Return the host names that `text` stands for, and the port after them.

    Raises:
        ValueError: a range is malformed or runs backwards.

    """
    host, port = split_port(text)
    return _expand(host), port


def split_port(text: str) -> tuple[str, int | None]:
    """Return the host part and the port; an IPv6 address needs brackets to carry a port."""
    for pattern in (_BRACKETED, _PORT):
        found = pattern.match(text)
        if found:
            return found["host"], int(found["port"])
    return text, None


def is_single_host(text: str) -> bool:
    """Return whether the colons of `text` belong to one host (port, range, IPv6), not to a list."""
    host, _port = split_port(text)
    bare = _RANGE.sub("0", host)
    return bool(_IPV6.match(host)) or re.fullmatch(r"\w[\w.-]*", bare) is not None


def _expand(text: str) -> list[str]:
    found = _RANGE.search(text)
    if found is None:
        if "[" in text and ":" not in text:
            raise ValueError(f"a range is [first:last] or [first:last:step]: {text}")
        return [text]
    head, tail = text[: found.start()], text[found.end() :]
    tails = _expand(tail)
    names = [f"{head}{one}{rest}" for one in _steps(found) for rest in tails]
    if len(names) > _MOST:
        raise ValueError(f"the range stands for more than {_MOST} hosts: {text}")
    return names


def _steps(found: re.Match[str]) -> list[str]:
    first, last = found["first"] or "0", found["last"]
    step = int(found["step"] or 1)
    if step < 1:
        raise ValueError(f"a range's step is 1 or more: {found[0]}")
    letters = string.ascii_letters
    if len(first) == 1 and len(last) == 1 and first in letters and last in letters:
        items = list(letters[letters.index(first) : letters.index(last) + 1 : step])
    elif first.isdigit() and last.isdigit():
        width = len(first) if first.startswith("0") and len(first) > 1 else 0
        if width and width != len(last):
            raise ValueError(f"both ends of a zero-padded range have the same width: {found[0]}")
        if int(last) - int(first) > _MOST:
            raise ValueError(f"the range stands for more than {_MOST} hosts: {found[0]}")
        items = [str(number).zfill(width) for number in range(int(first), int(last) + 1, step)]
    else:
        raise ValueError(f"a range goes from number to number or from letter to letter: {found[0]}")
    if not items:
        raise ValueError(f"the range runs backwards: {found[0]}")
    return items
