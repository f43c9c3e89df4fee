from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windows_host import WindowsMachine


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    return {
        "clock": {"date": "2026-01-05", "time": "08:00:00", "tz": machine.timezone, "tz_offset": "+0100"},
        "environment": dict(machine.environment["machine"]),
        "powershell": int(machine.powershell.partition(".")[0]),
        "reboot_pending": machine.reboot_pending,
        "interfaces": [],
        "user": {"name": "admin", "sid": f"{machine.computer_sid}-1001", "full_name": "", "folder": "C:\\Users\\admin"},
        "os": {
            "caption": "Microsoft Windows 10 Professionnel", "version": f"10.0.{machine.build}", "bits": 64,
            "machine": "AMD64", "revision": 4046, "edition": machine.edition, "installation": "Client",
            "owner": "officine", "product_type": 3 if "Server" in machine.edition else 1, "uptime": 3600,
            "last_boot": "2026-01-05 07:00:00Z",
        },
        "computer": {
            "name": machine.hostname, "netbios": machine.hostname, "domain": machine.domain, "member": False,
            "role": 0, "vendor": "Dell Inc.", "model": "OptiPlex 7010", "sid": machine.computer_sid,
        },
        "bios": {"version": "1.2", "serial": "S1", "date": "01/02/2024"},
        "memory": {"total": 8 << 30, "free_kb": 4 << 20, "visible_kb": 8 << 20, "virtual_kb": 10 << 20,
                   "page_kb": 2 << 20, "page_free_kb": 2 << 20},
        "processors": [{"vendor": "GenuineIntel", "name": "i5", "cores": 4, "threads": 8}],
    }  # fmt: skip
