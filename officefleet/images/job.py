"""One restore from names: which store, which image, which disk. What the command line and the rescue call."""

from __future__ import annotations

import functools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import SignatureError, StoreError
from officefleet.i18n import _
from officefleet.images.http_source import HttpSource
from officefleet.images.index import LARGEST_INDEX, Index, read_index
from officefleet.images.index_fields import is_image_name
from officefleet.images.keys import MAX_BYTES
from officefleet.images.leftovers import release
from officefleet.images.restore import Report, restore
from officefleet.images.smart import read_health
from officefleet.images.source import LARGEST_CATALOGUE, FolderSource, Source
from officefleet.images.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.images.keys import Trust
    from officefleet.images.progress import Progress
    from officefleet.images.smart import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for.

    Attributes:
        store: an ``http://`` address or a folder.
        image: name.
        version: None for the newest.
        target: the disk, or a file that plays one.
        sector: for a file, the sector size that it plays.
        create: make the file if there is none.
        allow_older: accept a version below one seen before.
        allow_expired: accept an expired image.
        initialise_preserved: write preserved partitions too, losing what they hold.
        patience: seconds to wait for a store that does not answer.

    """

    store: str
    image: str
    target: Path
    version: int | None = None
    sector: int | None = None
    create: bool = False
    allow_older: bool = False
    allow_expired: bool = False
    initialise_preserved: bool = False
    patience: float = 60.0


def open_source(store: str, *, patience: float = 60.0) -> Source:
    """Return the store at an address or in a folder.

    Raises:
        StoreError: neither.

    """
    if "://" in store:
        return HttpSource(store, patience=patience)
    return FolderSource(Path(store))


def fetch_index(source: Source, wish: Wish, trust: Trust, *, now: int | None = None) -> tuple[Index, Trust]:
    """Return the verified index that a wish means, and the trust to keep.

    Raises:
        SignatureError: the key set or the index is not to be believed.
        StoreError: the store cannot be read or has no such image.

    """
    moment = int(time.time()) if now is None else now
    keys, trust = trust.accept_keys(source.file("keys.json", limit=MAX_BYTES), now=moment)
    version = wish.version or _newest(source, wish.image)
    data = source.file(f"index/{wish.image}/{version}.ofi", limit=LARGEST_INDEX)
    index = read_index(
        data, keys, trust, now=moment, allow_older=wish.allow_older, allow_expired=wish.allow_expired
    )
    if (index.name, index.version) != (wish.image, version):
        raise SignatureError(
            _("The store gave image {found} where {wanted} was asked for.").format(
                found=f"{index.name} {index.version}", wanted=f"{wish.image} {version}"
            ),
            hint=_("Somebody changed the store; restore from the removable copy."),
        )
    return index, trust.seen(index.name, index.version)


def run(
    wish: Wish,
    trust: Trust,
    *,
    health: Callable[[Path], Health] = read_health,
    progress: Callable[[Progress], None] | None = None,
    before_boot: Callable[[Index], None] | None = None,
) -> tuple[Report, Trust]:
    """Do one restore; return what it did and the trust to keep; `before_boot`: see `restore`.

    Raises:
        SignatureError, StoreError, ChunkError, TargetError: see `restore` and `fetch_index`.

    """
    source = open_source(wish.store, patience=wish.patience)
    try:
        index, trust = fetch_index(source, wish, trust)
        create = max(index.size, index.minimum_disk) if wish.create else None
        with Target(wish.target, sector=wish.sector, create_bytes=create) as target:
            release(wish.target)
            said = health(wish.target) if target.is_disk or health is not read_health else None
            report = restore(
                index,
                source,
                target,
                health=said,
                initialise_preserved=wish.initialise_preserved,
                progress=progress,
                before_boot=None if before_boot is None else functools.partial(before_boot, index),
            )
    finally:
        source.close()
    return report, trust


def _newest(source: Source, name: str) -> int:
    missing = StoreError(
        _("The store {store} has no image {name}.").format(store=source.name, name=name),
        hint=_("officefleet image ls lists what there is."),
    )
    if not is_image_name(name):
        raise missing
    try:
        listed = json.loads(source.file("catalogue.json", limit=LARGEST_CATALOGUE))[name]
        return max(version for version in listed if isinstance(version, int) and version > 0)
    except (ValueError, KeyError, TypeError) as error:
        raise missing from error
