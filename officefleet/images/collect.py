"""Garbage collection that never removes a chunk in use, and needs no lock (see `lease`)."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.errors import StoreError
from officefleet.i18n import _
from officefleet.images.lease import LIFETIME, claimed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from officefleet.images.index import Index
    from officefleet.images.store import Store

GRACE = 24 * 3600


@dataclass(frozen=True, slots=True)
class Collected:
    """What garbage collection removed."""

    chunks: int
    bytes: int
    kept: int


def collect(
    store: Store,
    read: Callable[[bytes], Index],
    *,
    grace: float = GRACE,
    now: float | None = None,
    dry_run: bool = False,
) -> Collected:
    """Remove the chunks that no index and no build in progress names.

    Args:
        store: where.
        read: parses an index file; must raise on a damaged one, and then nothing is removed.
        grace: seconds that a chunk stays after it was stored, for restores of an image pruned just now.
        now: seconds since 1970.
        dry_run: only count.

    Raises:
        SignatureError: an index cannot be read, so what it needs is unknown.
        StoreError: the store cannot be written.

    """
    moment = time.time() if now is None else now
    _put_back(store, read)
    live = _live(store, read)
    suspects = [
        chunk
        for chunk in store.chunk_ids()
        if chunk not in live and _age(store.path_of(chunk), moment) > grace
    ]
    if dry_run:
        return Collected(len(suspects), sum(_size(store.path_of(chunk)) for chunk in suspects), len(live))
    try:
        for chunk in suspects:
            with contextlib.suppress(FileNotFoundError):
                store.path_of(chunk).replace(_trash(store, chunk))
        removed = _empty_trash(store, read, suspects)
    except OSError as error:
        raise StoreError(_("Cannot collect garbage: {reason}.").format(reason=error.strerror)) from error
    store.clean_parts(moment - LIFETIME)
    return removed


def prune(store: Store, name: str, *, keep: int) -> list[int]:
    """Remove all but the newest `keep` versions of an image; return those removed.

    Raises:
        StoreError: `keep` is below 1, or the store cannot be written.

    """
    if keep < 1:
        raise StoreError(_("At least one version of an image must be kept."))
    removed = store.versions(name)[:-keep]
    for version in removed:
        store.remove_index(name, version)
    return removed


def _live(store: Store, read: Callable[[bytes], Index]) -> set[str]:
    live = claimed(store)
    for name in store.names():
        for version in store.versions(name):
            with contextlib.suppress(FileNotFoundError):
                data = store.index_path(name, version).read_bytes()
                live.update(digest.hex() for digest in read(data).chunks.digests())
    return live | claimed(store)


def _empty_trash(store: Store, read: Callable[[bytes], Index], suspects: Sequence[str]) -> Collected:
    live = _live(store, read)
    count = size = 0
    for chunk in suspects:
        trashed = _trash(store, chunk)
        if not trashed.exists():
            continue
        if chunk in live:
            trashed.replace(store.path_of(chunk))
            continue
        size += _size(trashed)
        trashed.unlink()
        count += 1
    return Collected(count, size, len(live))


def _put_back(store: Store, read: Callable[[bytes], Index]) -> None:
    """Finish what a killed collection left: its trash may hold chunks that were claimed since."""
    left = [file.stem for file in (store.root / "trash").glob("*.zst")]
    if left:
        _empty_trash(store, read, left)


def _trash(store: Store, chunk: str) -> Path:
    return store.root / "trash" / f"{chunk}.zst"


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
