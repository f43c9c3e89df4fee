"""GUID partition tables: reading one, and fitting the table of an image to a disk of another size.

Layout and checksums: UEFI specification 2.10, chapter 5. `fitted` rewrites the few fields that depend on the
size of the disk; `unfitted` undoes it, so that a restored disk's head can be compared with the image's own.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from officefleet.images.index_fields import Partition, Table

SIGNATURE = b"EFI PART"
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_MAX_ENTRIES = 256
_ENTRY_SIZES = (128, 256, 512, 1024)
_LAST_AT = 40
_MBR_TABLE = 446
_MBR_ENTRY = struct.Struct("<B3sB3sII")
_PROTECTIVE = 0xEE
_MBR_LIMIT = 0xFFFFFFFF
BACKUP_ENTRY_BYTES = 16 * 1024
ReadEntries = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One used partition entry; places in sectors, `last` inclusive."""

    number: int
    type: uuid.UUID
    unique: uuid.UUID
    first: int
    last: int
    name: str


@dataclass(frozen=True, slots=True)
class Gpt:
    """A table whose two checksums hold; `header` is the whole header sector's fields."""

    sector: int
    current: int
    alternate: int
    first_usable: int
    last_usable: int
    entries_at: int
    entry_count: int
    entry_bytes: int
    disk: bytes
    revision: int
    entries: bytes

    @property
    def used(self) -> list[Entry]:
        """The partitions, in the order of their numbers."""
        found = []
        for number in range(self.entry_count):
            raw = self.entries[number * self.entry_bytes : (number + 1) * self.entry_bytes]
            kind, unique, first, last, _flags, name = _ENTRY.unpack_from(raw)
            if kind != bytes(16):
                text = name.decode("utf-16-le", errors="replace").split("\0")[0]
                found.append(
                    Entry(
                        number + 1,
                        uuid.UUID(bytes_le=kind),
                        uuid.UUID(bytes_le=unique),
                        first,
                        last,
                        text,
                    )
                )
        return found

    def moved(self, *, current: int, alternate: int, entries_at: int) -> Gpt:
        """Return the other copy of this table: its places in sectors."""
        return replace(self, current=current, alternate=alternate, entries_at=entries_at)

    def header(self) -> bytes:
        """Return the header (92 bytes) with its checksums."""
        entries_crc = zlib.crc32(self.entries)
        fields = (SIGNATURE, self.revision, _HEADER.size)
        rest = (
            0,
            self.current,
            self.alternate,
            self.first_usable,
            self.last_usable,
            self.disk,
            self.entries_at,
            self.entry_count,
            self.entry_bytes,
            entries_crc,
        )
        crc = zlib.crc32(_HEADER.pack(*fields, 0, *rest))
        return _HEADER.pack(*fields, crc, *rest)


def parse(header: bytes, sector: int, read: ReadEntries) -> Gpt | None:
    """Return the table whose header sector is `header`, or None if it is no valid table.

    Args:
        header: at least 92 bytes.
        sector: bytes of a logical sector.
        read: called with the byte offset and length of the entries.

    """
    if len(header) < _HEADER.size or header[:8] != SIGNATURE:
        return None
    (_s, revision, size, crc, _r, current, alternate, first, last, disk, at, count, entry, entries_crc) = (
        _HEADER.unpack_from(header)
    )
    if not _HEADER.size <= size <= min(sector, len(header)) or entry not in _ENTRY_SIZES:
        return None
    if not 0 < count <= _MAX_ENTRIES or at <= 1:
        return None
    if zlib.crc32(header[:16] + bytes(4) + header[20:size]) != crc:
        return None
    entries = read(at * sector, count * entry)
    if len(entries) != count * entry or zlib.crc32(entries) != entries_crc:
        return None
    return Gpt(sector, current, alternate, first, last, at, count, entry, disk, revision, entries)


def parse_head(head: bytes, sector: int) -> Gpt | None:
    """Return the primary table at the start of a disk, or None."""
    found = parse(head[sector : 2 * sector], sector, lambda at, length: head[at : at + length])
    return found if found is not None and found.current == 1 else None


def parse_tail(tail: bytes, sector: int, total: int) -> Gpt | None:
    """Return the backup table in `tail`, the last bytes of a disk of `total` sectors, or None."""
    start = total * sector - len(tail)

    def read(at: int, length: int) -> bytes:
        return tail[at - start : at - start + length] if at >= start else b""

    found = parse(tail[-sector:], sector, read)
    return found if found is not None and found.current == total - 1 else None


def tail_sectors(sector: int) -> int:
    """Return how many sectors the backup of an ordinary table (128 entries) takes at the end of a disk."""
    return 1 + BACKUP_ENTRY_BYTES // sector


def partitions(gpt: Gpt) -> list[Partition]:
    """Return the partitions of a table with places in bytes."""
    return [
        Partition(
            number=entry.number,
            name="".join(char for char in entry.name if char.isprintable()),
            type=str(entry.type),
            uuid=str(entry.unique),
            start=entry.first * gpt.sector,
            size=(entry.last - entry.first + 1) * gpt.sector,
        )
        for entry in gpt.used
    ]


def mbr_partitions(head: bytes, sector: int) -> list[Partition]:
    """Return the four primary partitions of an MBR; [] when there is none."""
    if head[510:512] != b"\x55\xaa":
        return []
    found = []
    for number in range(4):
        _flag, _chs, kind, _chs_end, first, count = _MBR_ENTRY.unpack_from(
            head, _MBR_TABLE + number * _MBR_ENTRY.size
        )
        if kind not in (0, _PROTECTIVE) and count:
            found.append(Partition(number + 1, "", f"{kind:02x}", "", first * sector, count * sector))
    return found


def table_of(head: bytes, gpt: Gpt, backup: Gpt | None) -> Table:
    """Return the size-dependent fields of an image's table, for `unfitted`."""
    _first, sectors = struct.unpack_from("<II", head, _MBR_TABLE + 8)
    return Table(
        alternate=gpt.alternate,
        last_usable=gpt.last_usable,
        entries_backup=backup.entries_at if backup else gpt.last_usable + 1,
        mbr_sectors=sectors,
    )


def fitted(head: bytes, sector: int, total: int, lasts: dict[int, int]) -> tuple[bytes, bytes]:
    """Return the head and the backup table of an image's table on a disk of `total` sectors.

    Args:
        head: the first bytes of the image, holding its primary table.
        sector: bytes of a logical sector.
        total: sectors of the disk.
        lasts: last sector, by partition number, of preserved partitions that are larger on this disk.

    Returns:
        The head, as long as before, and the bytes that end the disk.

    Raises:
        ValueError: `head` holds no valid table, or a partition would end past the disk.

    """
    gpt = parse_head(head, sector)
    if gpt is None:
        raise ValueError("no partition table")
    entries = _with_lasts(gpt, lasts)
    length = -(-len(entries) // sector)
    table = replace(gpt, alternate=total - 1, last_usable=total - 2 - length, entries=entries)
    if any(entry.last > table.last_usable for entry in table.used):
        raise ValueError("a partition ends past the disk")
    backup = table.moved(current=total - 1, alternate=1, entries_at=total - 1 - length)
    tail = entries.ljust(length * sector, b"\0") + backup.header().ljust(sector, b"\0")
    return _with_table(head, table, min(total - 1, _MBR_LIMIT)), tail


def unfitted(head: bytes, sector: int, table: Table, lasts: dict[int, int]) -> bytes:
    """Return `head` with the fields that depend on the disk's size put back to the image's own.

    Args:
        head: the first bytes of a disk.
        sector: bytes of a logical sector.
        table: the image's fields.
        lasts: last sector, by partition number, that the image itself gives its preserved partitions.

    Returns:
        `head` itself when it holds no valid table.

    """
    gpt = parse_head(head, sector)
    if gpt is None:
        return head
    original = replace(
        gpt,
        alternate=table.alternate,
        last_usable=table.last_usable,
        entries=_with_lasts(gpt, lasts),
    )
    return _with_table(head, original, table.mbr_sectors)


def _with_lasts(gpt: Gpt, lasts: dict[int, int]) -> bytes:
    entries = bytearray(gpt.entries)
    for number, last in lasts.items():
        if 0 < number <= gpt.entry_count:
            struct.pack_into("<Q", entries, (number - 1) * gpt.entry_bytes + _LAST_AT, last)
    return bytes(entries)


def _with_table(head: bytes, gpt: Gpt, mbr_sectors: int) -> bytes:
    out = bytearray(head)
    if out[_MBR_TABLE + 4] == _PROTECTIVE:
        struct.pack_into("<I", out, _MBR_TABLE + 12, mbr_sectors)
    header = gpt.header()
    out[gpt.sector : gpt.sector + len(header)] = header
    at = gpt.entries_at * gpt.sector
    out[at : at + len(gpt.entries)] = gpt.entries
    return bytes(out)
