"""Cross-checks inside one pharmacy: a spare stands ready, and it can stand in for each poste."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from officefleet.models import Interface, Machine, MachineKind, Peripheral

if TYPE_CHECKING:
    from officefleet.models import Pharmacy


class Finding(NamedTuple):
    """One fault: a code, where in the pharmacy's file, and what the sentence about it needs."""

    code: str
    location: list[int | str]
    facts: dict[str, str]


def local_findings(pharmacy: Pharmacy) -> list[Finding]:
    """Return the faults that one pharmacy's own file shows."""
    spares = pharmacy.of_kind(MachineKind.SPARE)
    counters = pharmacy.of_kind(MachineKind.COUNTER)
    found: list[Finding] = []
    if not spares and counters:
        found.append(Finding("no-spare", ["machines"], {"pharmacy": pharmacy.id}))
    names = {machine.name for machine in pharmacy.machines}
    found += _addresses_taken(pharmacy)
    for index, machine in enumerate(pharmacy.machines):
        here: list[int | str] = ["machines", index]
        if machine.kind is MachineKind.SPARE:
            for place, name in enumerate(machine.stands_in_for):
                if name not in names:
                    facts = {"spare": machine.name, "machine": name}
                    found.append(Finding("stands-in-for-unknown", [*here, "stands_in_for", place], facts))
            for replaced in replaces(machine, pharmacy):
                found += [
                    Finding("cannot-stand-in", here, {"spare": machine.name, "machine": replaced.name, **why})
                    for why in obstacles(machine, replaced)
                ]
    if spares:
        covered = {machine.name for spare in spares for machine in replaces(spare, pharmacy)}
        found += [
            Finding("not-covered", ["machines", index], {"machine": machine.name})
            for index, machine in enumerate(pharmacy.machines)
            if machine.kind is MachineKind.COUNTER and machine.name not in covered
        ]
    if pharmacy.lgo is not None and pharmacy.lgo.server is not None and pharmacy.lgo.server not in names:
        facts = {"machine": pharmacy.lgo.server}
        found.append(Finding("lgo-server-unknown", ["lgo", "server"], facts))
    return found


def _addresses_taken(pharmacy: Pharmacy) -> list[Finding]:
    """Return the peripherals that have a machine's address; two postes may share one network printer."""
    taken = {machine.address: machine.name for machine in pharmacy.machines}
    return [
        Finding(
            "address-taken",
            ["machines", i, "peripherals", j, "address"],
            {"peripheral": one.name, "address": str(one.address), "machine": taken[one.address]},
        )
        for i, machine in enumerate(pharmacy.machines)
        for j, one in enumerate(machine.peripherals)
        if one.address is not None and one.address in taken
    ]


def replaces(spare: Machine, pharmacy: Pharmacy) -> list[Machine]:
    """Return the machines that a spare is meant to replace: those it names, else every counter poste."""
    if not spare.stands_in_for:
        return list(pharmacy.of_kind(MachineKind.COUNTER))
    return [one for one in pharmacy.machines if one.name in spare.stands_in_for]


def obstacles(spare: Machine, machine: Machine) -> list[dict[str, str]]:
    """Return why a spare cannot stand in for a machine: system, architecture, ports; [] when it can."""
    found: list[dict[str, str]] = []
    if spare.os.family is not machine.os.family:
        found.append({"why": "os", "has": spare.os.family.value, "needs": machine.os.family.value})
    if spare.os.arch is not machine.os.arch:
        found.append({"why": "arch", "has": spare.os.arch.value, "needs": machine.os.arch.value})
    for interface in (Interface.USB, Interface.SERIAL, Interface.NETWORK):
        needs, has = _needs(machine.peripherals, interface), spare.ports.count(interface)
        if needs > has:
            found.append({"why": interface.value, "has": str(has), "needs": str(needs)})
    return found


def _needs(peripherals: tuple[Peripheral, ...], interface: Interface) -> int:
    count = sum(1 for one in peripherals if one.interface is interface)
    return min(count, 1) if interface is Interface.NETWORK else count
