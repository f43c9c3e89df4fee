"""The flags of files that ``chattr`` sets ("i": immutable, "a": append only, ...). Standard library only.

Letters and bits: FS_*_FL of linux/fs.h; the letters are those of chattr(1).
"""

from __future__ import annotations

import os

from officefleet.agents.kit import Failed

_GET = 0x80086601 if os.sysconf("SC_LONG_BIT") == 64 else 0x80046601  # noqa: PLR2004  FS_IOC_GETFLAGS: a long
_SET = 0x40086602 if os.sysconf("SC_LONG_BIT") == 64 else 0x40046602  # noqa: PLR2004  FS_IOC_SETFLAGS
_BITS = {
    "s": 0x1, "u": 0x2, "c": 0x4, "S": 0x8, "i": 0x10, "a": 0x20, "d": 0x40, "A": 0x80, "m": 0x400, "j": 0x4000,
    "t": 0x8000, "D": 0x10000, "T": 0x20000, "x": 0x2000000, "C": 0x800000, "P": 0x20000000,
}  # fmt: skip


def read(path: str) -> str | None:
    """Return the letters of the flags that are set, sorted; None where the file system has no flags."""
    bits = _read_bits(path)
    return None if bits is None else "".join(sorted(letter for letter, bit in _BITS.items() if bits & bit))


def _read_bits(path: str) -> int | None:
    import fcntl
    import struct

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        found: int = struct.unpack("i", fcntl.ioctl(descriptor, _GET, b"\0" * 8)[:4])[0]
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return found


def wanted(text: str, now: str) -> str:
    """Return the flags that a wish such as "+i", "-a" or "=iA" leads to from `now`; no sign means "=".

    Raises:
        Failed: a letter that chattr does not know.

    """
    sign, letters = (text[0], text[1:]) if text[:1] in "+-=" else ("=", text)
    unknown = set(letters) - set(_BITS) - {"e"}  # "e" tells how ext4 stores a file and cannot be taken away
    if unknown:
        raise Failed("chattr failed", details="unknown attributes: %s" % "".join(sorted(unknown)))
    given = set(letters) - {"e"}
    flags = given if sign == "=" else set(now) | given if sign == "+" else set(now) - given
    return "".join(sorted(flags))


def write(path: str, letters: str) -> None:
    """Set the flags of a file to exactly these; those that no letter stands for stay.

    Raises:
        Failed: the file system has no such flags, or the system refuses.

    """
    import fcntl
    import struct

    before = _read_bits(path)
    if before is None:
        raise Failed("chattr failed", details="%s: the file system has no attributes" % path, path=path)
    bits = before
    for letter, bit in _BITS.items():
        bits = bits | bit if letter in letters else bits & ~bit
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.ioctl(descriptor, _SET, struct.pack("q", bits))
    except OSError as error:
        raise Failed("chattr failed", details="%s: %s" % (path, error.strerror), path=path) from None
    finally:
        os.close(descriptor)
