"""What the fleet as a whole must know of one pharmacy: small, JSON, computed where its file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from officefleet.inventory.local_checks import Finding, local_findings

if TYPE_CHECKING:
    from officefleet.models import Pharmacy


class HostDigest(NamedTuple):
    """One machine: its name, groups and address."""

    name: str
    kind: str
    family: str
    address: str


class Digest(NamedTuple):
    """One pharmacy: what groups, references and cross-checks need.

    `images` and `drivers` pair each reference with where it stands in the file; `guarded` says that it lists people.
    """

    id: str
    region: str
    groupement: str | None
    policy: str | None
    hosts: list[HostDigest]
    images: list[tuple[str, int]]
    drivers: list[tuple[str, int, int]]
    findings: list[Finding]
    guarded: bool

    @classmethod
    def of(cls, pharmacy: Pharmacy) -> Digest:
        """Return the digest of a validated pharmacy."""
        machines = pharmacy.machines
        return cls(
            id=pharmacy.id,
            region=pharmacy.region_slug,
            groupement=pharmacy.groupement,
            policy=pharmacy.backup_policy,
            hosts=[HostDigest(m.name, m.kind.value, m.os.family.value, str(m.address)) for m in machines],
            images=[(m.image, i) for i, m in enumerate(machines) if m.image is not None],
            drivers=[
                (peripheral.driver, i, j)
                for i, machine in enumerate(machines)
                for j, peripheral in enumerate(machine.peripherals)
                if peripheral.driver is not None
            ],
            findings=local_findings(pharmacy),
            guarded=bool(pharmacy.people),
        )
