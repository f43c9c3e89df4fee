from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine

DISK: dict[str, Any] = {
    "number": 0, "size": 256060514304, "bus_type": 17, "friendly_name": "Disque", "partition_style": 2,
    "partition_count": 1, "offline": False, "health": 0, "sector_size": 512, "read_only": False, "bootable": True,
    "system_disk": True, "clustered": False, "manufacturer": "", "model": "Disque", "firmware_version": "1",
    "location": "PCI", "serial_number": "S1", "unique_id": "u", "guid": None, "path": "p",
}  # fmt: skip


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    disks = machine.disks or [DISK]
    return {
        "disks": [{**DISK, **one} for one in disks],
        "partitions": [],
        "volumes": [],
        "physical": [],
        "drives": [],
    }
