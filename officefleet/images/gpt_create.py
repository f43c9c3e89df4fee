"""A new GUID partition table for a disk that officefleet makes itself."""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.images.gpt import Gpt, tail_sectors

if TYPE_CHECKING:
    from collections.abc import Sequence

ESP = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")  # UEFI 2.10, table 5.7
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")  # systemd's discoverable partitions: generic data
MICROSOFT_RESERVED = uuid.UUID(
    "e3c9e316-0b5c-4db8-817d-f92df00215ae"
)  # this and the next two: "CREATE_PARTITION_PARAMETERS",
BASIC_DATA = uuid.UUID(
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
)  # and PARTITION_INFORMATION_GPT, learn.microsoft.com
RECOVERY = uuid.UUID("de94bba4-06d1-4d40-a16a-bfd50179d6ac")
_ENTRIES = 128
_ENTRY_BYTES = 128
_REVISION = 0x00010000


@dataclass(frozen=True, slots=True)
class NewPartition:
    """One partition to be: `start` and `size` in bytes, whole sectors; `attributes` as the GPT's 64 bits."""

    name: str
    type: uuid.UUID
    unique: uuid.UUID
    start: int
    size: int
    attributes: int = 0


def create(disk: uuid.UUID, size: int, sector: int, parts: Sequence[NewPartition]) -> tuple[bytes, bytes]:
    """Return the first and the last bytes of a disk of `size` bytes with these partitions.

    Raises:
        ValueError: a partition does not fit.

    """
    total = size // sector
    entry_sectors = _ENTRIES * _ENTRY_BYTES // sector
    first_usable, last_usable = 2 + entry_sectors, total - tail_sectors(sector) - 1
    entries = bytearray(_ENTRIES * _ENTRY_BYTES)
    for number, part in enumerate(parts):
        first, last = part.start // sector, (part.start + part.size) // sector - 1
        if first < first_usable or last > last_usable or part.start % sector or part.size % sector:
            raise ValueError(f"{part.name} does not fit the disk")
        name = part.name.encode("utf-16-le")[:72].ljust(72, b"\0")
        struct.pack_into(
            "<16s16sQQQ72s",
            entries,
            number * _ENTRY_BYTES,
            part.type.bytes_le,
            part.unique.bytes_le,
            first,
            last,
            part.attributes,
            name,
        )
    primary = Gpt(
        sector=sector,
        current=1,
        alternate=total - 1,
        first_usable=first_usable,
        last_usable=last_usable,
        entries_at=2,
        entry_count=_ENTRIES,
        entry_bytes=_ENTRY_BYTES,
        disk=disk.bytes_le,
        revision=_REVISION,
        entries=bytes(entries),
    )
    head = _protective_mbr(total).ljust(sector, b"\0") + primary.header().ljust(sector, b"\0") + entries
    backup = primary.moved(current=total - 1, alternate=1, entries_at=total - 1 - entry_sectors)
    return bytes(head), bytes(entries) + backup.header().ljust(sector, b"\0")


def _protective_mbr(total: int) -> bytes:
    entry = struct.pack("<B3sB3sII", 0, b"\x00\x02\x00", 0xEE, b"\xff\xff\xff", 1, min(total - 1, 0xFFFFFFFF))
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"
