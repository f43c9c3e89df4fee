"""What the head of a disk holds while a restore is under way: nothing that boots, and what must not be lost.

The first sectors are zero, so no firmware boots it. Behind them a record keeps where preserved partitions end
on this disk, which only its old partition table knew; a restore that is cut off and run again finds it there.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from officefleet.images import canonical

_AT = 8192
_MAGIC = b"officefleet-restore/1\n"
_LENGTH = struct.Struct("<I")
_HASH = 32
_LARGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class Seal:
    """The record: which image, and the last sector, by partition number, of preserved partitions."""

    image: str
    version: int
    lasts: dict[int, int]

    def encode(self, length: int) -> bytes:
        """Return a head of `length` bytes that does not boot and holds this record."""
        fields = {
            "image": self.image,
            "version": self.version,
            "lasts": {str(number): last for number, last in self.lasts.items()},
        }
        body = canonical.encode(fields)
        record = _MAGIC + _LENGTH.pack(len(body)) + body + hashlib.sha256(body).digest()
        return (bytes(_AT) + record).ljust(length, b"\0")[:length]


def find_seal(head: bytes) -> Seal | None:
    """Return the record in the head of a disk, or None: absent or damaged."""
    if any(head[:_AT]) or head[_AT : _AT + len(_MAGIC)] != _MAGIC:
        return None
    at = _AT + len(_MAGIC)
    (length,) = _LENGTH.unpack_from(head.ljust(at + _LENGTH.size, b"\0"), at)
    body = head[at + _LENGTH.size : at + _LENGTH.size + min(length, _LARGEST)]
    digest = head[at + _LENGTH.size + length :][:_HASH]
    if len(body) != length or hashlib.sha256(body).digest() != digest:
        return None
    try:
        fields = canonical.decode(body)
        lasts = {int(number): int(last) for number, last in fields["lasts"].items()}
        return Seal(str(fields["image"]), int(fields["version"]), lasts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
