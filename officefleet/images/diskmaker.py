"""A whole disk around a Debian tree: GPT, EFI partition, ext4. No loop device is needed.

Names, serial numbers and hash seeds come from the image's name, so that two builds of one tree are alike.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images import gpt_create
from officefleet.images.bootloader import install_bootloader
from officefleet.images.faults import RecipeError
from officefleet.images.gpt import tail_sectors
from officefleet.images.recipe import size_bytes
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.recipe import DiskPartition, Layout

_MIB = 1 << 20
_FAT32_CLUSTERS = 67_000  # some of the sectors are tables
_NAMESPACE = uuid.UUID("5f6d0d0e-6a55-5b3c-9d2a-0f1c2e4b7a10")
_TYPES = {"esp": gpt_create.ESP, "root": gpt_create.LINUX, "data": gpt_create.LINUX}


@dataclass(frozen=True, slots=True)
class Place:
    """One partition of the disk: label of its file system, start and size in bytes."""

    kind: str
    label: str
    start: int
    size: int


def places(layout: Layout) -> list[Place]:
    """Return where each partition lies, aligned to 1 MiB.

    Raises:
        RecipeError: they do not fit the disk.

    """
    total = size_bytes(layout.size)
    room = total - _MIB - max(_MIB, tail_sectors(layout.sector) * layout.sector)
    fixed = sum(size_bytes(part.size) for part in layout.partitions if part.size)
    found, start = [], _MIB
    for part in layout.partitions:
        size = size_bytes(part.size) if part.size else (room - fixed) // _MIB * _MIB
        if size < _MIB:
            raise RecipeError(_("The partitions do not fit a disk of {size}.").format(size=layout.size))
        found.append(Place(part.kind, _label(part), start, size))
        start += size
    if start > _MIB + room:
        raise RecipeError(_("The partitions do not fit a disk of {size}.").format(size=layout.size))
    return found


def write_fstab(tree: Path, where: list[Place]) -> None:
    """Write the table of mounts: by label, so that it holds on any disk."""
    lines = []
    for place in where:
        if place.kind == "root":
            lines.append(f"LABEL={place.label} / ext4 defaults,errors=remount-ro 0 1")
        elif place.kind == "data":
            lines.append(f"LABEL={place.label} /srv/{place.label} ext4 defaults,nofail 0 2")
            (tree / "srv" / place.label).mkdir(parents=True, exist_ok=True)
    (tree / "etc/fstab").write_text("\n".join(lines) + "\n", encoding="ascii")


def make_disk(tree: Path, layout: Layout, disk: Path, *, name: str, epoch: int) -> None:
    """Make the disk.

    Args:
        tree: of the root file system.
        layout: from the recipe.
        disk: the file to make, sparse.
        name: of the image.
        epoch: seconds since 1970 given to the file systems.

    Raises:
        ImageError: a program fails, e.g. because the tree does not fit.
        RecipeError: the partitions do not fit, or there is nothing to boot with.

    """
    where = places(layout)
    write_fstab(tree, where)
    total = size_bytes(layout.size)
    with disk.open("wb") as file:
        file.truncate(total)
    for number, place in enumerate(where):
        serial = uuid.uuid5(_NAMESPACE, f"{name}/{number}")
        if place.kind == "esp":
            make_fat(disk, place.start, place.size, layout.sector, label=place.label, serial=serial.hex[:8])
            install_bootloader(tree, disk, place.start, _root_label(where))
        else:
            _make_ext4(disk, place, tree if place.kind == "root" else None, serial, epoch)
    parts = [
        gpt_create.NewPartition(
            part.name, _TYPES[part.kind], uuid.uuid5(_NAMESPACE, f"{name}/part/{number}"), at.start, at.size
        )
        for number, (part, at) in enumerate(zip(layout.partitions, where, strict=True))
    ]
    head, tail = gpt_create.create(uuid.uuid5(_NAMESPACE, name), total, layout.sector, parts)
    with disk.open("r+b") as file:
        file.write(head)
        file.seek(total - len(tail))
        file.write(tail)


def _make_ext4(disk: Path, place: Place, tree: Path | None, serial: uuid.UUID, epoch: int) -> None:
    command = ["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", place.label, "-U", str(serial)]
    command += ["-E", f"offset={place.start},hash_seed={serial},root_owner=0:0,lazy_itable_init=0"]
    if tree is not None:
        command += ["-d", str(tree)]
    command += [str(disk), f"{place.size // 1024}k"]
    run_tool(command, environment={"E2FSPROGS_FAKE_TIME": str(epoch), "SOURCE_DATE_EPOCH": str(epoch)})


def make_fat(disk: Path, start: int, size: int, sector: int, *, label: str, serial: str) -> None:
    """Make the file system of an EFI partition.

    Args:
        disk: the raw disk.
        start: of the partition, bytes.
        size: of it, bytes.
        sector: bytes of a logical sector.
        label: of the file system.
        serial: eight hexadecimal digits.

    Raises:
        ImageError: mkfs.vfat fails.

    """
    # mkfs.vfat sizes clusters by the whole file; FAT32 is what has at least 65,525 of them, FAT16 less.
    sectors = size // sector
    cluster = max((size for size in (1, 2, 4, 8) if sectors // size >= _FAT32_CLUSTERS), default=0)
    kind = ["-F", "32", "-s", str(cluster)] if cluster else ["-F", "16", "-s", "1"]
    command = ["mkfs.vfat", *kind, "-S", str(sector), "-n", label.upper()]
    command += ["-i", serial, "--offset", str(start // sector)]
    run_tool([*command, str(disk), str(size // 1024)])


def _label(part: DiskPartition) -> str:
    return part.name


def _root_label(where: list[Place]) -> str:
    return next(place.label for place in where if place.kind == "root")
