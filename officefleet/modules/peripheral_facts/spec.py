"""Read what hangs on a Linux machine: ``usb``, ``serial``, ``printers``, ``card_readers`` and ``pcscd``.

The result's ``ansible_facts.peripherals`` has the form of ``officefleet drivers check --live``'s own reading: USB devices
with their port and ids, serial ports, CUPS queues (for root only; passwords in their addresses are dropped), the
smart-card readers among the devices, and whether pcscd listens. Nothing is changed. Windows postes are read by
``officefleet drivers check --live``.
"""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec


class PeripheralFactsArgs(Args):
    """peripheral_facts takes no arguments."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}]}}


SPEC = Spec(
    kind=Kind.EXECUTE, args=PeripheralFactsArgs, namespaces=("officefleet.peripherals",), facts="facts"
)
