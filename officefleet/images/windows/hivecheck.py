"""Whether a hive file is whole: Windows wrote all of it and nothing waits in its logs.

The base block's layout is documented publicly in M. Suhanov's "Windows registry file format specification"
(github.com/msuhanov/regf): two sequence numbers that differ while a write is under way, and a XOR checksum over
the first 508 bytes. hivex looks at neither, so a hive of a crashed or hibernated Windows would be edited and then
overwritten from its logs at the next start.
"""

from __future__ import annotations

import functools
import operator
import struct
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 4096
_CHECKED = 508
_LARGEST = 1 << 30
_MAJOR, _LEAST_MINOR = 1, 3


def check_hive(path: Path) -> None:
    """Check that a hive is whole and clean.

    Raises:
        TargetError: it is no hive, damaged, or was not closed by Windows.

    """
    try:
        with path.open("rb") as file:
            block = file.read(_BLOCK)
            size = file.seek(0, 2)
    except OSError as error:
        raise TargetError(
            _("The registry file {name} cannot be read: {reason}.").format(
                name=path.name, reason=error.strerror
            )
        ) from error
    if len(block) < _BLOCK or block[:4] != b"regf" or size > _LARGEST:
        raise _damaged(path)
    first, second = struct.unpack_from("<II", block, 4)
    major, minor = struct.unpack_from("<II", block, 20)
    (data,) = struct.unpack_from("<I", block, 40)
    if major != _MAJOR or minor < _LEAST_MINOR or data % _BLOCK or _BLOCK + data > size:
        raise _damaged(path)
    if _checksum(block) != struct.unpack_from("<I", block, _CHECKED)[0]:
        raise _damaged(path)
    if first != second:
        raise TargetError(
            _("The registry file {name} was not closed by Windows.").format(name=path.name),
            hint=_(
                "The image was captured from a running, crashed or hibernated Windows: start it, shut it down "
                "with shutdown /s /f /t 0, and capture it again."
            ),
        )


def _checksum(block: bytes) -> int:
    found: int = functools.reduce(operator.xor, struct.unpack_from(f"<{_CHECKED // 4}I", block))
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(found, found)


def _damaged(path: Path) -> TargetError:
    return TargetError(
        _("{name} is no whole registry file.").format(name=path.name),
        hint=_("Build the image again from a healthy Windows."),
    )
