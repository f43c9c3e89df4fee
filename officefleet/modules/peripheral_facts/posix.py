"""peripheral_facts on a Linux host."""

from __future__ import annotations

from officefleet.agents import peripherals

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def run(_args: dict[str, Any], _context: Context) -> dict[str, Any]:
    return {"changed": False, "ansible_facts": {"peripherals": peripherals.peripheral_facts()}}
