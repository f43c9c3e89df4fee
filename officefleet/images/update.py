"""A new version made from the last one in place: what did not change keeps its place on the disk.

A rebuilt file system puts nearly every file elsewhere, so a delta restore would write nearly all of it; the same
change applied to the file system as it is touches only what changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.images.bootloader import install_bootloader
from officefleet.images.diskmaker import places, write_fstab
from officefleet.images.index_fields import Partition
from officefleet.images.mounted import mounted
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.images.recipe import Layout


def can_update(layout: Layout, partitions: Sequence[Partition]) -> bool:
    """Return whether a disk with these partitions is the one that `layout` would make."""
    wanted = [(place.label, place.start, place.size) for place in places(layout)]
    return wanted == [(part.name, part.start, part.size) for part in partitions]


def update_disk(tree: Path, layout: Layout, disk: Path) -> None:
    """Make the file systems of a disk hold a tree, changing no more than needed.

    Args:
        tree: of the root file system.
        layout: as the disk has it (see `can_update`).
        disk: a raw copy of the last version, changed in place.

    Raises:
        ImageError: a program fails.

    """
    where = places(layout)
    write_fstab(tree, where)
    for number, place in enumerate(where, 1):
        part = Partition(number, place.label, "", "", place.start, place.size)
        if place.kind == "root":
            with mounted(disk, part, "ext4", writable=True) as root:
                _apply(tree, root)
            run_tool(["e2fsck", "-f", "-p", f"{disk}?offset={place.start}"], accepted=(0, 1))
        elif place.kind == "esp":
            root_label = next(one.label for one in where if one.kind == "root")
            install_bootloader(tree, disk, place.start, root_label)


def _apply(tree: Path, root: Path) -> None:
    command = ["rsync", "-aHAX", "--numeric-ids", "--checksum", "--delete", "--inplace"]
    command += ["--no-whole-file", "--exclude=/lost+found", f"{tree}/", f"{root}/"]
    run_tool(command)
    run_tool(["sync", "--file-system", str(root)])  # blocks freed just now cannot be trimmed before
    run_tool(["fstrim", str(root)])  # what was deleted becomes zero, and so leaves the image
