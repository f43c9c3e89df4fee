"""Whether a finished disk may become an image: every file system in it is looked into, or it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.bill import debian_bill
from officefleet.images.faults import RefusedContentError
from officefleet.images.index_fields import Partition
from officefleet.images.mounted import file_system, mounted
from officefleet.images.refusals import check_tree, refuse
from officefleet.images.windows.secrets import find_in_registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.images.index_fields import Package
    from officefleet.images.pack import Layout
    from officefleet.images.refusals import Allowance, Rule


def check_disk(
    disk: Path, layout: Layout, rules: Sequence[Rule], allowed: Sequence[Allowance]
) -> tuple[Package, ...]:
    """Check every file system of a raw disk; return the software bill of those that are Debian's.

    Raises:
        RefusedContentError: one holds what the rules refuse, or cannot be looked into.
        ImageError: not root, or a file system cannot be mounted.

    """
    whole = Partition(0, "disk", "", "", 0, layout.size)
    bill: tuple[Package, ...] = ()
    for part in layout.partitions or (whole,):
        kind = file_system(disk, part.start, part.size)
        if kind == "":
            continue
        if kind in ("?", "swap"):
            raise RefusedContentError(
                _("Partition {number} ({name}) cannot be looked into: {kind}.").format(
                    number=part.number, name=part.name, kind=_("swap") if kind == "swap" else _("unknown")
                ),
                hint=_("Empty or remove it; or set inspect: false in the recipe and say why."),
            )
        with mounted(disk, part, kind) as root:
            check_tree(root, rules, allowed)
            if kind == "ntfs-3g":
                refuse(list(find_in_registry(root, allowed)))
            bill = bill or debian_bill(root)
    return bill
