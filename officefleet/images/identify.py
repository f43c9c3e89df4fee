"""Who a restored poste is, whatever its system: one form to read, one function to write it to a disk.

The rescue environment and `officefleet image identity` call this; nothing else needs to know about systems.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.identity import Identity, write_identity
from officefleet.images.partition import mounted_part
from officefleet.images.windows.identity import WindowsIdentity
from officefleet.images.windows.inject import write_windows_identity
from officefleet.images.windows.volume import ntfs_volume

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.index import Index
    from officefleet.images.index_fields import Partition

LINUX_TYPES = (
    "0fc63daf-8483-4772-8e79-3d69d8477de4",  # generic data
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",  # root of amd64
    "83",
)
WINDOWS_TYPES = ("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "07")  # basic data; NTFS in an MBR
AnyIdentity = Identity | WindowsIdentity


def read_identity(text: str) -> AnyIdentity:
    """Return the checked identity in a JSON object; its ``system`` is ``linux`` when it has none.

    Raises:
        TargetError: it is malformed; the message holds nothing of it.

    """
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if isinstance(fields, dict) and fields.get("system", "linux") == "windows":
        return WindowsIdentity.from_fields(fields)
    return Identity.from_json(text)


def identify(disk: Path, index: Index, identity: AnyIdentity, *, number: int | None = None) -> str:
    """Write who a machine is on its restored disk, e.g. while that disk does not boot yet.

    Args:
        disk: a block device, or a file that plays one; it needs no partition table.
        index: the image that it holds.
        identity: whose system must be the image's.
        number: of the partition; by default the system's own.

    Returns:
        What the system said of itself, "" for Linux.

    Raises:
        TargetError: another system, no such partition, a file system or registry that is not clean.

    """
    wanted = "windows" if isinstance(identity, WindowsIdentity) else "linux"
    if index.system != wanted:
        raise TargetError(
            _("The image {name} is of {found}, but the identity is for {wanted}.").format(
                name=index.name, found=index.system, wanted=wanted
            )
        )
    part = system_partition(index, number)
    if isinstance(identity, WindowsIdentity):
        with ntfs_volume(disk, part.start, part.size) as folder:
            facts = write_windows_identity(folder, identity).facts
        return f"{facts.edition} {facts.build}.{facts.revision or 0} {facts.state}"
    with mounted_part(disk, part.start, part.size) as folder:
        write_identity(folder, identity, image=index.name, version=index.version)
    return ""


def system_partition(index: Index, number: int | None = None) -> Partition:
    """Return the partition that holds the system: by number, by the name ``root`` or ``windows``, or the largest.

    Raises:
        TargetError: there is none.

    """
    if number is not None:
        found = [one for one in index.partitions if one.number == number]
    else:
        types = WINDOWS_TYPES if index.system == "windows" else LINUX_TYPES
        own = [one for one in index.partitions if one.type.lower() in types and not one.preserved]
        named = [one for one in own if one.name.lower() in ("root", "windows")]
        found = named or sorted(own, key=lambda one: -one.size)
    if not found:
        raise TargetError(
            _("The image {name} has no partition {number} for an identity.").format(
                name=index.name, number="" if number is None else number
            )
        )
    return found[0]
