"""``officefleet lab``: pharmacies of the inventory as real Debian hosts on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from officefleet.lab.topology import Topology

command = App(name="lab", help="Bring pharmacies up as real Debian hosts on this machine.")

LabName = Annotated[
    str, Parameter(name="--name", env_var="OFFICEFLEET_LAB", help="Which lab; several can be up at once.")
]
Sources = Annotated[
    list[Path] | None,
    Parameter(name=["-i", "--inventory"], help="Inventory that holds the pharmacies (default: inventory)."),
]
Flag = Annotated[bool, Parameter(negative="")]


@command.command
def up(
    *pharmacies: str,
    vm: Annotated[list[str] | None, Parameter(name="--vm", consume_multiple=True, negative="")] = None,
    bios: Flag = False,
    inventory: Sources = None,
    name: LabName = "default",
) -> None:
    """Bring every Debian machine of the pharmacies up, and wait until each answers.

    Args:
        pharmacies: Ids such as officine_0421; all of a small inventory when none is named.
        vm: Hosts that are QEMU machines with disks and firmware of their own; alone: the counter postes.
        bios: Give those a BIOS instead of UEFI.
        inventory: Sources.
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415
    from officefleet.lab.topology import choose  # noqa: PLC0415

    machines = ["comptoir"] if vm == [] else vm or []
    topology = choose(inventory or [Path("inventory")], pharmacies, machines, "bios" if bios else "uefi")
    _build_base()
    if machines:
        _build_golden()
    lab = Lab(name, topology)
    lab.up(detach=True)
    _print_sites(topology)
    if not lab.has_systemd:
        sys.stdout.write(
            _("Without root the hosts run sshd only, no systemd: services cannot be managed.") + "\n"
        )


@command.command
def build() -> None:
    """Build the Debian base of all hosts now; `up` does it when it is needed."""
    _build_base()


@command.command
def down(*, name: LabName = "default") -> None:
    """End a lab, and clear what killed runs of any lab left behind.

    Args:
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    Lab(name).down()


@command.command
def status(*, name: LabName = "default") -> None:
    """Show each host and each WAN link.

    Args:
        name: The lab.

    """
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.table import Table  # noqa: PLC0415  slow to import

    from officefleet.lab.lab import Lab  # noqa: PLC0415

    lab = Lab(name)
    state = lab.status()
    table = Table(box=None, pad_edge=False)
    for title in (_("Pharmacy"), _("Host"), _("Address"), _("Power"), _("WAN")):
        table.add_column(title)
    for site in lab.topology.sites:
        for host in site.hosts:
            power = _("on") if host.name in state.on else _("off")
            table.add_row(site.id, host.name, host.address, power, str(state.wan[site.id]))
    Console().print(table)


@command.command(name="exec")
def exec_(*words: Annotated[str, Parameter(allow_leading_hyphen=True)], name: LabName = "default") -> int:
    """Run a command at the head office, inside the lab's network: ``officefleet lab exec -- ssh ...``.

    The command finds the lab's key, known hosts and fingerprints in OFFICEFLEET_PRIVATE_KEY,
    OFFICEFLEET_KNOWN_HOSTS and OFFICEFLEET_FINGERPRINTS. Exits with the command's exit code.

    Args:
        words: The command and its arguments.
        name: The lab.

    """
    from officefleet.errors import UsageError  # noqa: PLC0415
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    if not words:
        raise UsageError(
            _("No command to run."),
            hint=_("Example: officefleet lab exec -- officefleet run --check playbooks/site.yml"),
        )
    return Lab(name).run(words)


@command.command
def kill(host: str, *, name: LabName = "default") -> None:
    """Cut a host's power.

    Args:
        host: The machine's name.
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    Lab(name).kill(host)


@command.command
def start(host: str, *, rescue: Flag = False, name: LabName = "default") -> None:
    """Power a host on again, its disk as it was.

    Args:
        host: The machine's name.
        rescue: Start it from the rescue USB stick (machines only).
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    Lab(name).start(host, rescue=rescue)


@command.command
def wipe(host: str, *, name: LabName = "default") -> None:
    """Cut a machine's power and leave its disk blank, as a new one would be.

    Args:
        host: The machine's name.
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    Lab(name).wipe(host)
    sys.stdout.write(_("{host} is off, its disk is blank").format(host=host) + "\n")


@command.command
def encrypt(host: str, *, everything: Flag = False, name: LabName = "default") -> None:
    """Cut a machine's power and encrypt its disk as ransomware would; nobody has the key.

    Args:
        host: The machine's name.
        everything: The whole disk, rather than the files of the system's partition.
        name: The lab.

    """
    from officefleet.lab.lab import Lab  # noqa: PLC0415

    size = Lab(name).encrypt(host, everything=everything)
    sys.stdout.write(_("{host} is off, {size} MB are encrypted").format(host=host, size=size // 10**6) + "\n")


@command.command
def wan(
    pharmacy: str,
    *,
    delay: str = "0ms",
    loss: str = "0%",
    rate: Annotated[float, Parameter(validator=validators.Number(gte=0))] = 0,
    cut: Flag = False,
    restore: Flag = False,
    name: LabName = "default",
) -> None:
    """Slow, cut or restore a pharmacy's link to the head office.

    Args:
        pharmacy: The pharmacy's id.
        delay: Added to each packet, each way: 40ms or 0.04s.
        loss: Share of packets lost, each way: 1%.
        rate: Speed each way in Mbit/s; 0 is unlimited.
        cut: Nothing passes any more.
        restore: A perfect link again.
        name: The lab.

    """
    from officefleet.errors import UsageError  # noqa: PLC0415
    from officefleet.lab.lab import Lab  # noqa: PLC0415
    from officefleet.lab.wan import parse_wan  # noqa: PLC0415

    wanted = parse_wan(delay=delay, loss=loss, rate_mbit=rate, cut=cut)
    if wanted.perfect and not restore:
        raise UsageError(_("Nothing to change."), hint=_("Use --delay, --loss, --rate, --cut or --restore."))
    if restore and not wanted.perfect:
        raise UsageError(_("--restore goes alone."))
    Lab(name).wan(pharmacy, wanted)


def _build_base() -> None:
    from officefleet.lab.base import base_is_ready, ensure_base  # noqa: PLC0415
    from officefleet.lab.privilege import check_privileges  # noqa: PLC0415

    check_privileges()
    if not base_is_ready():
        sys.stderr.write(_("Building the lab's Debian base, once: about 20 seconds...") + "\n")
        ensure_base()


def _build_golden() -> None:
    from officefleet.lab.golden import ensure_golden, ensure_rescue, golden_is_ready  # noqa: PLC0415

    if not golden_is_ready():
        sys.stderr.write(
            _("Building the machines' image and the rescue stick, once: about two minutes...") + "\n"
        )
        ensure_golden()
        ensure_rescue()


def _print_sites(topology: Topology) -> None:
    for site in topology.sites:
        hosts = ngettext("{count} host up", "{count} hosts up", len(site.hosts)).format(count=len(site.hosts))
        left_out = _(", not Debian: {names}").format(names=", ".join(site.left_out)) if site.left_out else ""
        sys.stdout.write(f"{site.id}: {hosts} ({site.lan}){left_out}\n")
