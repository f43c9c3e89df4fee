"""Who may use a file on NTFS: a security descriptor that a Linux driver can write.

Binary layout: Microsoft's public [MS-DTYP], 2.4 (SID, ACE, ACL, self-relative SECURITY_DESCRIPTOR). Groups are named
by their identifier, never by name: "Administrators" is "Administrateurs" on a French Windows. ntfs-3g takes the
descriptor as the extended attribute ``system.ntfs_acl`` (its manual, "extended attributes").
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM = (18,)  # S-1-5-18
ADMINISTRATORS = (32, 544)  # S-1-5-32-544
_FULL_CONTROL = 0x001F01FF
_SELF_RELATIVE_DACL_PROTECTED = 0x8000 | 0x0004 | 0x1000
_INHERITED_BY_FILES_AND_FOLDERS = 0x03
_ATTRIBUTE = "system.ntfs_acl"


def make_private(path: Path, *, folder: bool = False) -> None:
    """Let only SYSTEM and the administrators use a file; nothing is inherited from its folder.

    sshd for Windows refuses a host key that others may read, and a script that SYSTEM runs must not be writable.

    Args:
        path: on a file system mounted with ntfs-3g.
        folder: what will be in it gets the same.

    Raises:
        TargetError: the file system does not keep it.

    """
    wanted = private_descriptor(folder=folder)
    try:
        os.setxattr(path, _ATTRIBUTE, wanted)
        kept = os.getxattr(path, _ATTRIBUTE)
    except OSError as error:
        raise _refused(path) from error
    if entries(kept) != entries(wanted):
        raise _refused(path)


def private_descriptor(*, folder: bool = False) -> bytes:
    """Return the descriptor: owner Administrators, full control for SYSTEM and Administrators, protected."""
    flags = _INHERITED_BY_FILES_AND_FOLDERS if folder else 0
    allowed = b"".join(_allow(_sid(one), flags) for one in (SYSTEM, ADMINISTRATORS))
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(allowed), 2, 0) + allowed
    owner, group = _sid(ADMINISTRATORS), _sid(SYSTEM)
    owner_at = 20 + len(acl)
    header = struct.pack(
        "<BBHIIII", 1, 0, _SELF_RELATIVE_DACL_PROTECTED, owner_at, owner_at + len(owner), 0, 20
    )
    return header + acl + owner + group


def entries(descriptor: bytes) -> list[tuple[int, int, bytes]]:
    """Return the entries of a descriptor's access list: type, mask, SID; [] when it has none."""
    try:
        (at,) = struct.unpack_from("<I", descriptor, 16)
        (count,) = struct.unpack_from("<H", descriptor, at + 4)
        found, place = [], at + 8
        for _number in range(count if at else 0):
            kind, _flags, size, mask = struct.unpack_from("<BBHI", descriptor, place)
            found.append((kind, mask, descriptor[place + 8 : place + size]))
            place += size
    except struct.error:
        return []
    return found


def _allow(sid: bytes, flags: int) -> bytes:
    return struct.pack("<BBHI", 0, flags, 8 + len(sid), _FULL_CONTROL) + sid


def _sid(parts: tuple[int, ...]) -> bytes:
    return struct.pack(f"<BB6s{len(parts)}I", 1, len(parts), b"\0\0\0\0\0\x05", *parts)


def _refused(path: Path) -> TargetError:
    return TargetError(_("The rights of {name} cannot be written.").format(name=path.name))
