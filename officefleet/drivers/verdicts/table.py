"""An inventory reduced to the table that the fleet's judge works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.drivers.verdicts.fleet import FleetTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.inventory import Inventory


def fleet_table(inventory: Inventory, hosts: Iterable[str]) -> FleetTable:
    """Return the table of some hosts; those without a model are left out."""
    by_home: dict[str, set[str]] = {}
    for host in hosts:
        home = inventory.pharmacy_of(host)
        if home is not None:
            by_home.setdefault(home, set()).add(host)
    table = FleetTable()
    for home, names in by_home.items():
        pharmacy = inventory.pharmacy(home)
        for machine in pharmacy.machines:
            if machine.name in names:
                table.add(machine, pharmacy)
    return table
