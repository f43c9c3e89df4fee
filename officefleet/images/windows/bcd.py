r"""The boot configuration (BCD) of a Windows disk, made from the template that every Windows brings along.

A BCD store is a registry hive. What `bcdboot` does on Windows is done here with hivex: the template is copied, and
the boot manager and one system get the partitions of this disk. Object and element numbers: Microsoft's "BCD
Reference" (learn.microsoft.com, BcdBootMgrElementTypes and its neighbours); bytes of a partition as a device: G.
Chappell and mistyprojects.co.uk, "Devices Partition - Data". **No machine was ever started from what this makes**:
other parsers read it back, that is all. ``bcdboot W:\Windows /s S: /f UEFI`` from a Windows PE mends what it lacks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.images.windows import hive

if TYPE_CHECKING:
    import uuid
    from pathlib import Path

    from officefleet.images.windows.hive import Hive, Value

BOOT_MANAGER = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
_BOOT_MANAGER_TYPE = 0x10100002
_LOADER_TYPE = 0x10200003
_BOOT_MANAGER_SETTINGS = "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
_GLOBAL_SETTINGS = "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
_DEVICE, _PATH, _DESCRIPTION, _LOCALE, _INHERIT = "11000001", "12000002", "12000004", "12000005", "14000006"
_SYSTEM_DEVICE, _SYSTEM_ROOT = "21000001", "22000002"
_DEFAULT, _ORDER, _TIMEOUT = "23000003", "24000001", "25000004"
_QUALIFIED_PARTITION = 6
_DEVICE_BYTES = 72


@dataclass(frozen=True, slots=True)
class BootDisk:
    """The GUIDs of a GPT disk and of the partitions that Windows starts from."""

    disk: uuid.UUID
    esp: uuid.UUID
    windows: uuid.UUID


def write_bcd(path: Path, disk: BootDisk, *, system: uuid.UUID, locale: str = "fr-FR") -> None:
    """Turn a copy of Windows' ``BCD-Template`` into the store of one disk.

    Args:
        path: the copy, changed in place.
        disk: where things are.
        system: a GUID for the entry of Windows.
        locale: of the boot manager's texts.

    Raises:
        TargetError: the template is damaged or not clean.

    """
    loader = f"{{{system}}}"
    with hive.opened(path, write=True) as store:
        store.set("Description", "KeyName", hive.text("BCD00000000"))
        store.set("Description", "System", hive.number(1))
        store.set("Description", "TreatAsSystem", hive.number(1))
        _object(store, BOOT_MANAGER, _BOOT_MANAGER_TYPE, {
            _DEVICE: partition_device(disk.disk, disk.esp),
            _PATH: hive.text(r"\EFI\Microsoft\Boot\bootmgfw.efi"),
            _DESCRIPTION: hive.text("Windows Boot Manager"),
            _LOCALE: hive.text(locale),
            _INHERIT: hive.texts([_GLOBAL_SETTINGS]),
            _DEFAULT: hive.text(loader),
            _ORDER: hive.texts([loader]),
            _TIMEOUT: hive.Value(hive.BINARY, struct.pack("<Q", 0)),
        })  # fmt: skip
        _object(store, loader, _LOADER_TYPE, {
            _DEVICE: partition_device(disk.disk, disk.windows),
            _PATH: hive.text(r"\Windows\system32\winload.efi"),
            _DESCRIPTION: hive.text("Windows"),
            _LOCALE: hive.text(locale),
            _INHERIT: hive.texts([_BOOT_MANAGER_SETTINGS]),
            _SYSTEM_DEVICE: partition_device(disk.disk, disk.windows),
            _SYSTEM_ROOT: hive.text("\\Windows"),
        })  # fmt: skip
        store.commit()


def partition_device(disk: uuid.UUID, partition: uuid.UUID) -> Value:
    """Return a partition of a GPT disk as a device element: 16 bytes of options, then 72 of the device."""
    options = bytes(16)
    head = struct.pack("<IIII", _QUALIFIED_PARTITION, 0, _DEVICE_BYTES, 0)
    device = head + partition.bytes_le + bytes(8) + disk.bytes_le + bytes(16)
    return hive.Value(hive.BINARY, options + device)


def _object(store: Hive, name: str, kind: int, elements: dict[str, Value]) -> None:
    store.set(rf"Objects\{name}\Description", "Type", hive.number(kind))
    for element, value in elements.items():
        store.set(rf"Objects\{name}\Elements\{element}", "Element", value)
