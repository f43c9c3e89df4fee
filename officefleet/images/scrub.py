"""Read every chunk of a store and find those that rot has changed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.errors import ChunkError, StoreError
from officefleet.images.chunk import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from officefleet.images.source import Source
    from officefleet.images.store import Store


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What a scrub found: ids of chunks, each list in order."""

    checked: int
    bytes: int
    rotten: tuple[str, ...]
    missing: tuple[str, ...]
    mended: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every chunk that is needed is there and right, perhaps after mending."""
        return not (set(self.rotten) | set(self.missing)) - set(self.mended)


def scrub(
    store: Store,
    *,
    needed: Iterable[str] = (),
    only_needed: bool = False,
    mend_from: Source | None = None,
    lengths: dict[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Scrubbed:
    """Prove every chunk file by its hash.

    Args:
        store: where.
        needed: ids that must be there, because an index names them.
        only_needed: check nothing else.
        mend_from: another copy of the store to fetch rotten and missing chunks from.
        lengths: id to length of the content, for `mend_from`.
        progress: called with the number of chunks checked.

    Raises:
        StoreError: a mended chunk cannot be written.

    """
    wanted = set(needed)
    present = list(wanted if only_needed else wanted | set(store.chunk_ids()))
    present.sort()
    rotten, missing, size = [], [], 0
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        for count, (chunk, state, length) in enumerate(pool.map(lambda one: _check(store, one), present), 1):
            size += length
            if state == "rotten":
                rotten.append(chunk)
            elif state == "missing" and chunk in wanted:
                missing.append(chunk)
            if progress:
                progress(count)
    mended = _mend(store, [*rotten, *missing], mend_from, lengths or {}) if mend_from else []
    return Scrubbed(len(present), size, tuple(rotten), tuple(missing), tuple(mended))


def _check(store: Store, chunk: str) -> tuple[str, str, int]:
    path: Path = store.path_of(chunk)
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        return chunk, "missing", 0
    except OSError:  # the medium cannot read it: rot of another kind
        return chunk, "rotten", 0
    try:
        unpacked(packed, bytes.fromhex(chunk))
    except ChunkError:
        return chunk, "rotten", len(packed)
    return chunk, "sound", len(packed)


def _mend(store: Store, bad: list[str], source: Source, lengths: dict[str, int]) -> list[str]:
    mended = []
    for chunk in bad:
        if chunk not in lengths:
            continue
        content = bytearray(lengths[chunk])
        try:
            source.chunk_into(bytes.fromhex(chunk), memoryview(content))
        except (ChunkError, StoreError):
            continue
        if store.replace_chunk(chunk, bytes(content)):
            mended.append(chunk)
    return mended
