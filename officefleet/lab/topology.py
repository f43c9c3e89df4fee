"""What a lab consists of: plain data made from the inventory, and handed to the keeper as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, Self

from officefleet.errors import LabError, UsageError
from officefleet.i18n import _
from officefleet.inventory import load_inventory
from officefleet.models import MachineKind, OsFamily

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.models import Machine, Pharmacy

LAN_BITS = 24
_FEW = 4
# RFC 6598: addresses for links between a provider and its customers; one /30 a pharmacy.
_WAN = IPv4Network("100.64.0.0/16")


@dataclass(frozen=True)
class LabHost:
    """A machine that the lab brings up.

    Attributes:
        name: inventory name.
        address: on the LAN.
        mac: of its network card; only a machine has one of its own.
        firmware: "uefi" or "bios" for a QEMU machine, "" for a container.

    """

    name: str
    address: str
    mac: str = ""
    firmware: str = ""


@dataclass(frozen=True)
class LabSite:
    """A pharmacy: its LAN, its router and the two ends of its WAN link.

    Attributes:
        id: ``officine_0421``.
        lan: ``10.42.21.0/24``.
        router: the router's address on the LAN.
        wan_siege: the groupement's end of the link.
        wan_site: the pharmacy's end.
        hosts: the machines, in inventory order.
        left_out: machines that cannot be Debian hosts (Windows).
        nas: the host with the image store, "" for none.

    """

    id: str
    lan: str
    router: str
    wan_siege: str
    wan_site: str
    hosts: tuple[LabHost, ...]
    left_out: tuple[str, ...] = ()
    nas: str = ""

    @property
    def machines(self) -> tuple[LabHost, ...]:
        """The hosts that are QEMU machines."""
        return tuple(host for host in self.hosts if host.firmware)

    @property
    def short(self) -> str:
        """The id's number: network devices' names are at most 15 characters."""
        return self.id.removeprefix("officine_")


@dataclass(frozen=True)
class Topology:
    """All sites of one lab."""

    sites: tuple[LabSite, ...]

    @property
    def hosts(self) -> dict[str, LabHost]:
        """Every host by name."""
        return {host.name: host for site in self.sites for host in site.hosts}

    def site(self, pharmacy_id: str) -> LabSite:
        """Return one site.

        Raises:
            LabError: the lab has no such pharmacy.

        """
        for site in self.sites:
            if site.id == pharmacy_id:
                return site
        known = ", ".join(site.id for site in self.sites)
        raise LabError(
            _("The lab has no pharmacy {name}.").format(name=pharmacy_id),
            hint=_("It has: {names}.").format(names=known),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        sites = [
            LabSite(
                **{
                    **site,
                    "hosts": tuple(LabHost(**host) for host in site["hosts"]),
                    "left_out": tuple(site["left_out"]),
                }
            )
            for site in data["sites"]
        ]
        return cls(tuple(sites))


def plan(pharmacies: Sequence[Pharmacy]) -> Topology:
    """Lay out a lab of these pharmacies.

    Raises:
        LabError: two pharmacies share a LAN, a pharmacy's machines are not in one /24, or none runs Debian.

    """
    sites: list[LabSite] = []
    for number, pharmacy in enumerate(pharmacies):
        site = _site(pharmacy, number)
        twin = next((other for other in sites if other.lan == site.lan), None)
        if twin:
            raise LabError(
                _("{first} and {second} both use {lan}: one lab cannot hold both.").format(
                    first=twin.id, second=site.id, lan=site.lan
                )
            )
        sites.append(site)
    return Topology(tuple(sites))


def choose(
    sources: Sequence[Path], pharmacies: Sequence[str], machines: Sequence[str] = (), firmware: str = "uefi"
) -> Topology:
    """Lay out a lab of an inventory's pharmacies; only those named are read.

    Args:
        sources: what ``-i`` names.
        pharmacies: ids; none means all, if they are few.
        machines: hosts, groups or patterns that are QEMU machines rather than containers.
        firmware: theirs, "uefi" or "bios".

    Raises:
        UsageError: none is named and the inventory holds too many.
        InventoryError: the inventory is wrong, or has no such pharmacy (SelectorError).
        LabError: see `plan`.

    """
    inventory = load_inventory(sources, only=pharmacies or None)
    if not pharmacies and len(inventory.digests) > _FEW:
        raise UsageError(
            _("The inventory holds {count} pharmacies.").format(count=len(inventory.digests)),
            hint=_("Name those to bring up, such as officine_0421."),
        )
    topology = plan([inventory.pharmacy(name) for name in pharmacies or inventory.digests])
    names = [name for pattern in machines for name in inventory.select(pattern) if name in topology.hosts]
    if machines and not names:
        raise LabError(
            _("No host of the lab is among {names}.").format(names=", ".join(machines)),
            hint=_("It has: {names}.").format(names=", ".join(topology.hosts)),
        )
    return with_machines(topology, names, firmware)


def with_machines(topology: Topology, names: Sequence[str], firmware: str = "uefi") -> Topology:
    """Make some hosts QEMU machines.

    Raises:
        LabError: no such host, or the host that must serve the images.

    """
    for name in names:
        if name not in topology.hosts:
            raise LabError(
                _("The lab has no host {name}.").format(name=name),
                hint=_("It has: {names}.").format(names=", ".join(topology.hosts)),
            )
        if name in {site.nas for site in topology.sites}:
            raise LabError(_("{name} serves the images: it cannot be a machine.").format(name=name))
    sites = [
        replace(
            site,
            hosts=tuple(
                replace(host, firmware=firmware if host.name in names else "") for host in site.hosts
            ),
        )
        for site in topology.sites
    ]
    return Topology(tuple(sites))


def _site(pharmacy: Pharmacy, number: int) -> LabSite:
    machines = [machine for machine in pharmacy.machines if machine.os.family is OsFamily.DEBIAN]
    if not machines:
        raise LabError(_("No machine of {name} runs Debian.").format(name=pharmacy.id))
    lans = {IPv4Network(f"{machine.address}/{LAN_BITS}", strict=False) for machine in machines}
    if len(lans) > 1:
        raise LabError(
            _("The machines of {name} are in several networks: {lans}.").format(
                name=pharmacy.id, lans=", ".join(sorted(map(str, lans)))
            ),
            hint=_("The lab gives each pharmacy one /24."),
        )
    lan = lans.pop()
    taken = {IPv4Address(str(machine.address)) for machine in machines}
    router = next(address for address in reversed(list(lan.hosts())) if address not in taken)
    link = _WAN.network_address + 4 * number
    return LabSite(
        id=pharmacy.id,
        lan=str(lan),
        router=str(router),
        wan_siege=str(link + 1),
        wan_site=str(link + 2),
        hosts=tuple(LabHost(machine.name, str(machine.address), _mac(machine)) for machine in machines),
        left_out=tuple(machine.name for machine in pharmacy.machines if machine not in machines),
        nas=next((machine.name for machine in machines if machine.kind is MachineKind.NAS), ""),
    )


def _mac(machine: Machine) -> str:
    """Return a machine's MAC address; where the inventory has none, one of QEMU's range from its address."""
    if machine.mac:
        return str(machine.mac).lower().replace("-", ":")
    return "52:54:00:" + ":".join(f"{part:02x}" for part in IPv4Address(str(machine.address)).packed[1:])
