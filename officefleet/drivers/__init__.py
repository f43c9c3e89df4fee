"""Drivers and peripherals: know before touching the machine whether it will work.

The gate of run, swap, rebuild and rollout is `gate`; `gate_stand_in` for a spare, `gate_update` before an update.
"""

from officefleet.drivers.catalog.rule import Verdict
from officefleet.drivers.verdicts.gate import find_catalog, gate, gate_stand_in, gate_update
from officefleet.drivers.verdicts.judge import Finding, MachineVerdict, PeripheralVerdict

__all__ = [
    "Finding",
    "MachineVerdict",
    "PeripheralVerdict",
    "Verdict",
    "find_catalog",
    "gate",
    "gate_stand_in",
    "gate_update",
]
