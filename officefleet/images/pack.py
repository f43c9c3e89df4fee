"""A raw disk into a store: cut, hash, compress, and describe its partition table."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images import chunking, gpt
from officefleet.images.faults import RecipeError
from officefleet.images.index import ALIGNMENT, HEAD_BYTES, Chunk, ChunkTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from officefleet.images.index_fields import Partition, Table
    from officefleet.images.lease import Lease
    from officefleet.images.store import Store


@dataclass(frozen=True, slots=True)
class Layout:
    """What the head and tail of a raw disk say: sizes in bytes, `borders` where chunks must end."""

    size: int
    sector: int
    table: Table | None
    partitions: tuple[Partition, ...]
    borders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """The chunks of a raw disk, and how many bytes of it the store did not have yet."""

    chunks: ChunkTable
    stored_bytes: int
    new_chunks: int


def read_layout(path: Path, *, sector: int = 512, preserved: Sequence[str] = ()) -> Layout:
    """Read the partition table of a raw disk.

    Args:
        path: a regular file or block device.
        sector: bytes of a logical sector.
        preserved: names, or numbers, of partitions that a restore never writes.

    Raises:
        RecipeError: a preserved partition does not exist or is not aligned, or the file is no disk.

    """
    with path.open("rb") as image:
        size = image.seek(0, os.SEEK_END)
        if size == 0 or size % sector:
            raise RecipeError(
                _("The size of {path} is not a multiple of {sector} bytes.").format(path=path, sector=sector)
            )
        image.seek(0)
        head = image.read(HEAD_BYTES)
        tail_bytes = min(size, gpt.tail_sectors(sector) * sector)
        image.seek(size - tail_bytes)
        tail = image.read(tail_bytes)
    primary = gpt.parse_head(head, sector)
    backup = gpt.parse_tail(tail, sector, size // sector)
    parts = gpt.partitions(primary) if primary else gpt.mbr_partitions(head.ljust(512, b"\0"), sector)
    marked = tuple(_mark(parts, preserved))
    borders = [place for part in marked for place in (part.start, part.start + part.size)]
    if primary:
        borders.append(size - tail_bytes)
    table = gpt.table_of(head, primary, backup) if primary else None
    if table and gpt.unfitted(head, sector, table, {}) != head:
        raise RecipeError(
            _("The partition table of {path} has fields that officefleet does not know.").format(path=path)
        )
    return Layout(size, sector, table, marked, tuple(borders))


def pack(
    path: Path,
    layout: Layout,
    store: Store,
    lease: Lease,
    *,
    level: int = 3,
    progress: Callable[[int, int], None] | None = None,
) -> Packed:
    """Put the content of a raw disk into a store.

    Args:
        path: the file or device that `layout` was read from.
        layout: from `read_layout`.
        store: where to.
        lease: protects the chunks until an index names them.
        level: of zstd.
        progress: called with bytes done and in total.

    Raises:
        StoreError: the store is full or failed.

    """
    with path.open("rb") as image:
        chunks, sizes = [], []
        for chunk, stored in _ordered(
            chunking.cut(image, layout.size, layout.borders),
            lambda offset, content: _put(store, lease, offset, content, level),
        ):
            chunks.append(chunk)
            sizes.append(stored)
            if progress:
                progress(chunk.offset + chunk.length, layout.size)
    return Packed(ChunkTable.of(chunks), sum(sizes), sum(1 for size in sizes if size))


def _put(store: Store, lease: Lease, offset: int, content: bytes, level: int) -> tuple[Chunk, int]:
    digest = hashlib.sha256(content).digest()
    lease.claim(digest.hex())
    return Chunk(offset, len(content), digest), store.put_chunk(digest.hex(), content, level=level)


def _ordered(
    items: Iterator[tuple[int, bytes]], work: Callable[[int, bytes], tuple[Chunk, int]]
) -> Iterator[tuple[Chunk, int]]:
    workers = (os.cpu_count() or 1) + 2  # each waits for the disk part of the time
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[tuple[Chunk, int]]] = deque()
        try:
            for offset, content in items:
                waiting.append(pool.submit(work, offset, content))
                if len(waiting) > 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _mark(parts: Sequence[Partition], preserved: Sequence[str]) -> Iterator[Partition]:
    wanted = set(preserved)
    for part in parts:
        keys = wanted & {part.name, str(part.number)}
        if not keys:
            yield part
            continue
        wanted -= keys
        if part.start % ALIGNMENT or part.size % ALIGNMENT or part.start < HEAD_BYTES:
            raise RecipeError(
                _("The preserved partition {name} is not aligned to 4096 bytes.").format(name=part.name),
                hint=_("Align it, or do not preserve it."),
            )
        yield replace(part, preserved=True)
    if wanted:
        raise RecipeError(
            _("There is no partition {name} to preserve.").format(name=", ".join(sorted(wanted))),
            hint=_("Partitions are named by their GPT name or number."),
        )
