"""Which disk of the poste is restored: the only one that fits, and never a stick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import ContinuityError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.continuity.rebuild.order import Order
    from officefleet.continuity.rebuild.rescue import Disk
    from officefleet.images.smart import Health

_GB = 1_000_000_000


def choose(disks: Sequence[Disk], order: Order) -> Disk:
    """Return the disk to restore.

    Raises:
        ContinuityError: none fits, or several do and none held this image before.

    """
    named = [one for one in disks if one.path == order.disk]
    if order.disk and not named:
        raise ContinuityError(
            _("the poste has no disk {disk}").format(disk=order.disk),
            hint=_("it has: {disks}").format(disks=_listed(disks)),
        )
    inside = named or [one for one in disks if not one.removable]
    if not inside:
        raise ContinuityError(
            _("the poste has no disk inside"),
            hint=_("is its disk dead, or its cable loose? Seen: {disks}").format(disks=_listed(disks) or "-"),
        )
    fitting = [one for one in inside if not _wrong(one, order)]
    if not fitting:
        raise ContinuityError(
            _("no disk fits: {reason}").format(
                reason="; ".join(f"{one.path}: {_wrong(one, order)}" for one in inside)
            ),
            hint=_("nothing was written"),
        )
    before = [one for one in fitting if set(one.partitions) & {name.lower() for name in order.partitions}]
    if len(before) == 1:
        return before[0]
    if len(fitting) > 1:
        raise ContinuityError(
            _("several disks fit: {disks}").format(disks=_listed(fitting)),
            hint=_("name one with --disk; nothing was written"),
        )
    return fitting[0]


def check_health(disk: Disk, health: Health) -> str:
    """Return what is worth knowing of a disk's health, "" when it says that all is well.

    Raises:
        ContinuityError: it fails.

    """
    if health.failing:
        raise ContinuityError(
            _("{disk} is failing: {reason}").format(disk=disk.path, reason=health.reason),
            hint=_("replace the disk; nothing was written"),
        )
    return (
        "" if health.failing is False else _("{disk}: {reason}").format(disk=disk.path, reason=health.reason)
    )


def _wrong(disk: Disk, order: Order) -> str:
    if disk.read_only:
        return _("read-only")
    if disk.size < order.needed:
        return _("{size} GB, the image needs {needed} GB").format(
            size=f"{disk.size / _GB:.1f}", needed=f"{order.needed / _GB:.1f}"
        )
    if disk.sector != order.sector:
        return _("sectors of {found} bytes, the image has {wanted}").format(
            found=disk.sector, wanted=order.sector
        )
    return ""


def _listed(disks: Sequence[Disk]) -> str:
    return ", ".join(f"{one.path} ({one.model or '?'}, {one.size / _GB:.1f} GB)" for one in disks)
