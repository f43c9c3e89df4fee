"""Facts about processor, memory, firmware, uptime and load, from /proc and /sys. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_DMI = "/sys/devices/virtual/dmi/id/"
_DMI_NAMES = {
    "bios_date": "bios_date",
    "bios_vendor": "bios_vendor",
    "bios_version": "bios_version",
    "board_asset_tag": "board_asset_tag",
    "board_name": "board_name",
    "board_serial": "board_serial",
    "board_vendor": "board_vendor",
    "board_version": "board_version",
    "chassis_asset_tag": "chassis_asset_tag",
    "chassis_serial": "chassis_serial",
    "chassis_vendor": "chassis_vendor",
    "chassis_version": "chassis_version",
    "form_factor": "chassis_type",
    "product_name": "product_name",
    "product_serial": "product_serial",
    "product_uuid": "product_uuid",
    "product_version": "product_version",
    "system_vendor": "sys_vendor",
}
# SMBIOS 3.x, table "System Enclosure or Chassis Types"
_CHASSIS = (
    "Unknown",
    "Other",
    "Unknown",
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All In One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "Sub Chassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system",
    "CompactPCI",
    "AdvancedTCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
)


def hardware() -> dict[str, Any]:
    """Return all facts of this file."""
    facts: dict[str, Any] = {"uptime_seconds": int(float((read_text("/proc/uptime") or "0").split()[0]))}
    facts.update(processor(read_text("/proc/cpuinfo")))
    facts["processor_nproc"] = len(os.sched_getaffinity(0))
    facts.update(memory(read_text("/proc/meminfo")))
    facts.update(firmware())
    return facts


def load() -> dict[str, Any]:
    """Return the load averages."""
    one, five, fifteen = os.getloadavg()
    return {"loadavg": {"1m": one, "5m": five, "15m": fifteen}}


def processor(text: str) -> dict[str, Any]:
    """Return the processor facts that /proc/cpuinfo holds.

    `processor` is a flat list: index, vendor, model of the first logical processor, then of the next.
    """
    names: list[str] = []
    sockets: dict[str, int] = {}
    siblings: dict[str, int] = {}
    logical = 0
    socket = "0"
    for line in text.splitlines():
        key, _colon, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if key == "processor":
            logical += 1
            socket = "0"
            names.append(value)
        elif key in ("model name", "vendor_id", "cpu", "Processor", "Vendor"):
            if value not in ("", "unknown"):
                names.append(value)
        elif key == "physical id":
            socket = value
            sockets.setdefault(socket, 1)
        elif key == "cpu cores":
            sockets[socket] = int(value)
        elif key == "siblings":
            siblings[socket] = int(value)
    if not sockets:  # ARM tells neither sockets nor cores
        sockets = {str(number): 1 for number in range(logical)}
    cores = max(sockets.values(), default=1)
    threads = max(max(siblings.values(), default=cores) // cores, 1)
    count = len(sockets)
    facts: dict[str, Any] = {
        "processor": names,
        "processor_count": count,
        "processor_cores": cores,
        "processor_threads_per_core": threads,
        "processor_vcpus": count * cores * threads,
    }
    flags = [line for line in text.splitlines() if line.split(":")[0].strip() in ("flags", "Features")]
    if flags:
        facts["flags"] = flags[0].partition(":")[2].split()
    return facts


def memory(text: str) -> dict[str, Any]:
    """Return the memory facts that /proc/meminfo holds, in MiB."""
    kilobytes = {}
    for line in text.splitlines():
        name, _colon, value = line.partition(":")
        number = value.split()
        if number and number[0].isdigit():
            kilobytes[name] = int(number[0])
    mib = {
        name: kilobytes.get(name, 0) // 1024
        for name in ("MemTotal", "MemFree", "SwapTotal", "SwapFree", "SwapCached", "Cached", "Buffers")
    }
    unused = (kilobytes.get("MemFree", 0) + kilobytes.get("Cached", 0) + kilobytes.get("Buffers", 0)) // 1024
    return {
        "memtotal_mb": mib["MemTotal"],
        "memfree_mb": mib["MemFree"],
        "swaptotal_mb": mib["SwapTotal"],
        "swapfree_mb": mib["SwapFree"],
        "memory_mb": {
            "real": {
                "total": mib["MemTotal"],
                "free": mib["MemFree"],
                "used": mib["MemTotal"] - mib["MemFree"],
            },
            "nocache": {"free": unused, "used": mib["MemTotal"] - unused},
            "swap": {
                "total": mib["SwapTotal"],
                "free": mib["SwapFree"],
                "used": mib["SwapTotal"] - mib["SwapFree"],
                "cached": mib["SwapCached"],
            },
        },
    }


def firmware() -> dict[str, Any]:
    """Return what the firmware tells about machine, board and chassis; "NA" where it tells nothing."""
    facts = {}
    for name, file in _DMI_NAMES.items():
        facts[name] = read_text(_DMI + file) or "NA"
    kind = facts["form_factor"]
    if kind.isdigit():
        facts["form_factor"] = _CHASSIS[int(kind)] if int(kind) < len(_CHASSIS) else "unknown (%s)" % kind
    return facts
