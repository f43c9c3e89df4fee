"""What a machine must look like, as the inventory and the swaps say; the ``expected`` of every role's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import ContinuityError
from officefleet.i18n import _
from officefleet.inventory.local_checks import replaces
from officefleet.models import MachineKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.inventory import Inventory


def expected(inventory: Inventory, host: str, stand_ins: Mapping[str, str]) -> dict[str, Any]:
    """Return what the tests of a host's roles compare with.

    Args:
        inventory: the fleet.
        host: a machine of a pharmacy.
        stand_ins: poste to the machine that carries its identity.

    Raises:
        ContinuityError: not a machine of a pharmacy.

    """
    machine, home = inventory.machine(host), inventory.pharmacy_of(host)
    if machine is None or home is None:
        raise ContinuityError(_("{host} is not a machine of a pharmacy").format(host=host))
    pharmacy = inventory.pharmacy(home)
    identity = next((poste for poste, carrier in stand_ins.items() if carrier == host), host)
    carried = inventory.machine(identity) or machine
    variables = inventory.variables(host)
    spare = machine.kind is MachineKind.SPARE
    return {
        "machine": host,
        "poste_name": identity,
        "in_service": host not in stand_ins,
        "peripherals": [one.name for one in carried.peripherals],
        "neighbours": {one.name: str(one.address) for one in pharmacy.machines},
        "address": str(machine.address),
        "image": machine.image,
        "keys": variables["officine_keys"],
        "user": variables.get("ansible_user"),
        "registry_port": variables.get("registry_port"),
        "timezone": variables.get("timezone"),
        "stands_in_for": [one.name for one in replaces(machine, pharmacy)] if spare else [],
    }


def roles_of(inventory: Inventory, host: str) -> list[str]:
    """Return the roles whose tests a host must pass: its variable ``verify_roles``."""
    found = inventory.variables(host).get("verify_roles") or []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]
