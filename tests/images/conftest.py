"""A small world for images: keys, a store, a partitioned disk image with known content."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from officefleet.images import gpt_create, pack
from officefleet.images.ed25519 import Signer
from officefleet.images.index import Index, read_index
from officefleet.images.keys import KeySet, Trust
from officefleet.images.lease import held
from officefleet.images.restore import restore
from officefleet.images.source import FolderSource
from officefleet.images.store import Store
from officefleet.images.target import Target

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024
DAY = 86400
SIZE = 16 * MIB
DATA = (10 * MIB, 4 * MIB)  # place of the preserved partition


def random_bytes(seed: int, length: int) -> bytes:
    return random.Random(seed).randbytes(length)  # noqa: S311  the same content in every run


def disk_bytes(seed: int = 1, size: int = SIZE, sector: int = 512) -> bytearray:
    """A GPT disk: boot code, an ESP, a root with zero gaps, a data partition."""
    disk = bytearray(size)
    parts = [
        gpt_create.NewPartition("esp", gpt_create.ESP, uuid.UUID(int=1), MIB, 2 * MIB),
        gpt_create.NewPartition("root", gpt_create.LINUX, uuid.UUID(int=2), 3 * MIB, 7 * MIB),
        gpt_create.NewPartition("data", gpt_create.LINUX, uuid.UUID(int=3), *DATA),
    ]
    head, tail = gpt_create.create(uuid.UUID(int=9), size, sector, parts)
    disk[: len(head)] = head
    disk[size - len(tail) :] = tail
    disk[0:16] = b"boot code here.."
    disk[MIB : MIB + 300_000] = random_bytes(seed, 300_000)
    disk[3 * MIB : 5 * MIB] = random_bytes(seed + 1, 2 * MIB)
    disk[7 * MIB : 7 * MIB + 4096] = b"x" * 4096
    disk[8 * MIB : 9 * MIB] = random_bytes(seed + 2, 4096) * 256
    disk[DATA[0] : DATA[0] + 65536] = b"image's own data" * 4096
    return disk


@dataclass
class World:
    folder: Path
    root: Signer = field(default_factory=Signer.generate)
    signer: Signer = field(default_factory=Signer.generate)
    now: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        self.store = Store.create(self.folder / "store")
        self.keys = KeySet(
            1, self.now - DAY, self.now + 100 * DAY, self.root.public, {self.signer.id: self.signer.public}
        )
        self.store.write_keys(self.keys.encode([self.root]))
        self.trust = Trust(self.root.public)
        self.trust_file = self.folder / "trust.json"
        self.trust.save(self.trust_file)

    MIB = MIB
    SIZE = SIZE
    DATA = DATA
    disk = staticmethod(disk_bytes)
    random = staticmethod(random_bytes)

    def restore(self, target: Path, *, version: int | None = None, source=None, **options):
        """Restore from the store's folder (or `source`) and return the report."""
        index = self.read(self.store.read_index("poste", version))
        sector = options.pop("sector", index.sector)
        with Target(target, sector=sector, create_bytes=options.pop("create_bytes", None)) as disk:
            return restore(index, source or FolderSource(self.store.root), disk, **options)

    def chunk_file(self, index: Index, number: int) -> Path:
        return self.store.path_of(index.chunks[number].id)

    def read(self, data: bytes) -> Index:
        return read_index(data, self.keys, self.trust, now=self.now, allow_older=True)

    def publish(
        self, content: bytes | bytearray, version: int = 1, *, preserved=("data",), **changes
    ) -> Index:
        raw = self.folder / f"image-{version}.raw"
        raw.write_bytes(content)
        sector = changes.get("sector", 512)
        layout = pack.read_layout(raw, sector=sector, preserved=preserved)
        with held(self.store) as lease:
            packed = pack.pack(raw, layout, self.store, lease)
            fields = {
                "name": "poste",
                "version": version,
                "created": self.now - DAY,
                "expires": self.now + 30 * DAY,
                "system": "linux",
                "size": layout.size,
                "sector": sector,
                "minimum_disk": layout.size,
                "table": layout.table,
                "partitions": layout.partitions,
                "bill": (),
                "drivers": (),
                "predecessor": 0,
                "chunks": packed.chunks,
            }
            index = Index(**{**fields, **changes})
            self.store.publish(index, index.encode(self.signer))
        return index


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def image() -> bytearray:
    return disk_bytes()
