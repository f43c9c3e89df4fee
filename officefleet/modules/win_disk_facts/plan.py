"""What win_disk_facts tells. `state` is {"disks", "partitions", "volumes", "physical", "drives"}, with CIM's numbers.

https://learn.microsoft.com/windows-hardware/drivers/storage/msft-disk, .../msft-partition, .../msft-volume and
.../msft-physicaldisk.
"""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import only

_BUS = {0: "Unknown", 1: "SCSI", 2: "ATAPI", 3: "ATA", 4: "1394", 5: "SSA", 6: "Fibre Channel", 7: "USB", 8: "RAID",
        9: "iSCSI", 10: "SAS", 11: "SATA", 12: "SD", 13: "MMC", 14: "Virtual", 15: "File Backed Virtual",
        16: "Storage Spaces", 17: "NVMe"}  # fmt: skip
_STYLE = {0: "RAW", 1: "MBR", 2: "GPT"}
_HEALTH = {0: "Healthy", 1: "Warning", 2: "Unhealthy", 5: "Unknown"}
_DRIVE = {
    0: "Unknown",
    1: "No Root Directory",
    2: "Removable",
    3: "Fixed",
    4: "Network",
    5: "CD-ROM",
    6: "RAM Disk",
}
_MEDIA = {0: "UnSpecified", 3: "HDD", 4: "SSD", 5: "SCM"}
_DISK = ("number", "size", "friendly_name", "partition_count", "sector_size", "read_only", "bootable", "system_disk",
         "clustered", "manufacturer", "model", "firmware_version", "location", "serial_number", "unique_id", "guid",
         "path")  # fmt: skip


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = args["filter"]
    disks = sorted(state["disks"], key=lambda one: int(one["number"]))
    return {"ansible_facts": {"disks": [_disk(one, state, wanted) for one in disks]}}


def _disk(disk: dict[str, Any], state: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    known = only(_DISK, disk)
    known["bus_type"] = _BUS.get(disk["bus_type"], "Unknown")
    known["partition_style"] = _STYLE.get(disk["partition_style"], "Unknown")
    known["operational_status"] = "Offline" if disk["offline"] else "Online"
    known["health_status"] = _HEALTH.get(disk["health"], "Unknown")
    if "partitions" in wanted:
        mine = [one for one in state["partitions"] if one["disk"] == disk["number"]]
        known["partitions"] = [_partition(one, disk, state, wanted) for one in mine]
    if "physical_disk" in wanted:
        for one in state["physical"]:
            if one["device_id"] == str(disk["number"]):
                known["physical_disk"] = {
                    **one,
                    "media_type": _MEDIA.get(one["media_type"], "UnSpecified"),
                    "bus_type": _BUS.get(one["bus_type"], "Unknown"),
                    "health_status": _HEALTH.get(one["health_status"], "Unknown"),
                }
    if "win32_disk_drive" in wanted:
        for one in state["drives"]:
            if one["index"] == disk["number"]:
                known["win32_disk_drive"] = dict(one)
    return known


def _partition(
    one: dict[str, Any], disk: dict[str, Any], state: dict[str, Any], wanted: list[str]
) -> dict[str, Any]:
    names = [
        "number",
        "size",
        "drive_letter",
        "transition_state",
        "offset",
        "hidden",
        "shadow_copy",
        "guid",
        "access_paths",
    ]
    style = _STYLE.get(disk["partition_style"])
    names += {"GPT": ["gpt_type", "no_default_driveletter"], "MBR": ["mbr_type", "active"]}.get(
        style or "", []
    )
    known = only(names, one)
    known["drive_letter"] = known["drive_letter"] or None
    if "volumes" in wanted:
        known["volumes"] = [
            {
                **only(
                    ("size", "size_remaining", "type", "label", "allocation_unit_size", "object_id", "path"),
                    volume,
                ),
                "health_status": _HEALTH.get(volume["health"], "Unknown"),
                "drive_type": _DRIVE.get(volume["drive_type"], "Unknown"),
            }
            for volume in state["volumes"]
            if volume["path"] in (one["access_paths"] or ())
        ]
    return known
