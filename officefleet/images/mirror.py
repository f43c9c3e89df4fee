"""Copies of images between stores: to a removable disk and back, proven on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.errors import ChunkError, StoreError
from officefleet.i18n import _
from officefleet.images.lease import held
from officefleet.images.scrub import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from officefleet.images.index import Index
    from officefleet.images.store import Store

_RESERVE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a copy moved: images by name and version, chunks and bytes that were not there yet."""

    images: tuple[tuple[str, int], ...]
    chunks: int
    bytes: int


def mirror(
    source: Store,
    destination: Store,
    wanted: Sequence[tuple[str, int]],
    read: Callable[[bytes], Index],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Mirrored:
    """Copy images, their chunks first and their index last, then read all of it back from the destination.

    Args:
        source: where from.
        destination: where to; images that are there already are proven, not copied again.
        wanted: names and versions.
        read: verifies and parses an index file.
        progress: called with chunks done and in total.

    Raises:
        SignatureError: an index is not signed as it should be; nothing of it is copied.
        ChunkError: a chunk of the source, or a copy read back, is damaged.
        StoreError: the destination is full or failed; images copied so far stay whole.

    """
    read_files = [source.read_index(name, version) for name, version in wanted]
    indexes = [read(data) for data in read_files]
    for (name, version), index in zip(wanted, indexes, strict=True):
        if (index.name, index.version) != (name, version):
            raise StoreError(_("The index of {name} lies under another name.").format(name=name))
    needed = sorted({digest.hex() for index in indexes for digest in index.chunks.digests()})
    absent = [chunk for chunk in needed if not destination.path_of(chunk).exists()]
    _check_room(source, destination, absent)
    moved = 0
    with held(destination) as lease:
        for count, chunk in enumerate(needed, 1):
            lease.claim(chunk)
            if not destination.path_of(chunk).exists():
                packed = source.read_chunk(chunk)
                destination.put_packed(chunk, packed)
                moved += len(packed)
            if progress:
                progress(count, len(needed))
        _prove(destination, needed)
        for index, data in zip(indexes, read_files, strict=True):
            if index.version not in destination.versions(index.name):
                destination.publish(index, data)
            elif destination.read_index(index.name, index.version) != data:
                raise StoreError(
                    _("Version {version} of {name} differs between the two stores.").format(
                        version=index.version, name=index.name
                    )
                )
    return Mirrored(tuple(wanted), len(absent), moved)


def _check_room(source: Store, destination: Store, absent: Sequence[str]) -> None:
    needed = 0
    for chunk in absent:
        try:
            needed += source.path_of(chunk).stat().st_size
        except OSError as error:
            raise ChunkError(_("The store lacks chunk {chunk}.").format(chunk=chunk)) from error
    free = destination.free_bytes() - _RESERVE
    if needed > free:
        raise StoreError(
            _("{path} has {free} bytes free, but the images need {needed}.").format(
                path=destination.root, free=max(free, 0), needed=needed
            ),
            hint=_("Use a larger disk, or prune old versions from it."),
        )


def _prove(destination: Store, needed: Sequence[str]) -> None:
    found = scrub(destination, needed=needed, only_needed=True)
    if not found.is_sound:
        bad = next(iter((*found.rotten, *found.missing)))
        raise ChunkError(
            _("{path} does not keep what is written: chunk {chunk}.").format(
                path=destination.root, chunk=bad
            ),
            hint=_("Run officefleet image scrub --mend-from on it, or replace the disk."),
        )
