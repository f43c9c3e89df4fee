"""``officefleet rescue``: what a dead poste starts from, on a stick or over the network."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter, validators

from officefleet.access.action import Action
from officefleet.cli import _rescue as shared
from officefleet.cli import environment
from officefleet.cli._continuity import AsJson, Flag, Sources, load
from officefleet.cli._rescue import NetbootFolder, PublicKey, RescueFolder  # noqa: TC001  as Path
from officefleet.cli.acting import acting, homes
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _, ngettext

if TYPE_CHECKING:
    from officefleet.images.rescue.builder import Rescue

command = App(name="rescue", help="What a dead poste starts from: a USB stick, or the network.")
_Minutes = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=24 * 60))]
_Boots = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100))]
_Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))]


@command.command
def build(*, rescue: RescueFolder = None, mirror: str = "") -> int:
    """Build the rescue environment from Debian packages: kernel, initramfs, boot loaders (about two minutes, root).

    Args:
        rescue: Folder.
        mirror: Address of a Debian mirror with main and non-free-firmware.

    """
    from officefleet.images.rescue.builder import build_rescue  # noqa: PLC0415  slow to import
    from officefleet.images.rescue.loaders import build_loaders  # noqa: PLC0415  see above

    folder = shared.rescue_folder(rescue)
    folder.mkdir(parents=True, exist_ok=True)
    sys.stderr.write(_("installing packages") + "\n")
    build_loaders(folder, mirror=mirror)
    build_rescue(folder, mirror=mirror)
    return show(rescue=folder)


@command.command
def show(*, rescue: RescueFolder = None, as_json: AsJson = False) -> int:
    """Prove the rescue environment against its manifest, and say what is in it.

    Args:
        rescue: Folder.
        as_json: JSON instead of text.

    """
    from officefleet.images.rescue.manifest import read_manifest  # noqa: PLC0415  slow to import

    folder = shared.rescue_folder(rescue)
    manifest = read_manifest(folder)
    if as_json:
        jsonlib.dump(manifest, sys.stdout, indent=2, sort_keys=True)
        sys.stdout.write("\n")
        return ExitCode.OK
    _say(_("{folder}: kernel {kernel}, {modules} modules, {firmware} firmware files, {packages} packages").format(
        folder=folder, kernel=manifest["kernel"], modules=manifest["modules"], firmware=len(manifest["firmware"]),
        packages=len(manifest["packages"])))  # fmt: skip
    for name, fields in manifest["files"].items():
        _say(f"  {fields['sha256']}  {fields['bytes']:>10}  {name}")
    return ExitCode.OK


@command.command
def media(
    host: str | None = None,
    *,
    officine: str | None = None,
    out: Path,
    key: PublicKey = None,
    rescue: RescueFolder = None,
    erase: Flag = False,
    fixed_disk: Flag = False,
    inventory: Sources = None,
) -> int:
    """Write a rescue stick for a poste, or for all postes of a pharmacy with a menu; read back, then recorded.

    Args:
        host: The poste.
        officine: Pharmacy.
        out: The stick, such as /dev/sdb, or a file to be.
        key: Public key.
        rescue: Folder.
        erase: Overwrite a stick that holds data, or a file.
        fixed_disk: Accept a disk that does not say that it is removable.
        inventory: Sources.

    """
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  slow to import
    from officefleet.images.boot.media import Seat, write_media  # noqa: PLC0415  see above

    line = shared.public_key(key)
    fleet = load(inventory, host or officine or "")
    machines = shared.postes(fleet, host, officine)
    with acting(fleet, homes(fleet, [one.name for one in machines]), Action.REBUILD):
        built = _open(rescue)
        known = RescueKeys(environment.rescue_keys())
        for machine in machines:
            known.of(machine.name)  # a file that cannot be read stops it before a stick is written
        seats = [Seat(one.name, shared.overlay_of(fleet, one, line)) for one in machines]
        try:
            report = write_media(
                out, built, seats, erase=erase, fixed_disk=fixed_disk, progress=_show_progress
            )
        finally:
            _end_progress()
        for seat in seats:
            known.add(seat.host, seat.overlay.known_host)
    _say(_("{target}: {size} MB written and read back; it rescues {hosts}.").format(
        target=report.target, size=report.bytes // 10**6, hosts=", ".join(report.hosts)))  # fmt: skip
    return ExitCode.OK


@command.command
def forget(host: str) -> int:
    """Forget the host keys of a poste's sticks: the rebuild then trusts none of them.

    Args:
        host: The poste.

    """
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  slow to import

    if not RescueKeys(environment.rescue_keys()).forget(host):
        raise UsageError(_("no stick of {host} is known").format(host=host))
    _say(_("{host}: its sticks are no longer trusted.").format(host=host))
    return ExitCode.OK


@command.command
def prepare(*, folder: NetbootFolder = None, rescue: RescueFolder = None) -> int:
    """Make the files of the netboot service, for playbooks/nas-netboot.yml to put on a NAS.

    Args:
        folder: Folder.
        rescue: Folder.

    """
    from officefleet.images.boot.netboot import prepare as run  # noqa: PLC0415  slow to import

    made = run(shared.netboot_folder(folder), _open(rescue))
    _say(_("{folder} is ready.").format(folder=made))
    return ExitCode.OK


@command.command
def serve(
    *,
    interface: str,
    address: str = "",
    prefix: Annotated[int, Parameter(validator=validators.Number(gte=8, lte=30))] = 24,
    port: _Port = 8422,
    folder: NetbootFolder = None,
    rescue: RescueFolder = None,
) -> int:
    """Serve the rescue to armed postes beside the network's own DHCP server, until Ctrl-C (root, dnsmasq).

    Args:
        interface: Network interface, such as eth0.
        address: Its IPv4 address (default: its first).
        prefix: Length of the network's prefix; with no address, the interface's.
        port: TCP port of HTTP.
        folder: Folder.
        rescue: Folder.

    """
    from officefleet.images.boot.netboot import prepare as make  # noqa: PLC0415  slow to import
    from officefleet.images.boot.served import Settings  # noqa: PLC0415  see above

    if not address:
        address, prefix = shared.interface_address(interface)
    made = make(shared.netboot_folder(folder), _open(rescue), Settings(interface, address, prefix, port))
    return shared.run_service(made)


@command.command
def arm(
    host: str,
    *,
    mac: str = "",
    minutes: _Minutes = 60,
    boots: _Boots = 1,
    loader: Literal["shim", "ipxe"] = "shim",
    key: PublicKey = None,
    folder: NetbootFolder = None,
    inventory: Sources = None,
) -> int:
    """Let a poste get the rescue from the network at its next start, once.

    Args:
        host: The poste.
        mac: Its card's address, if the inventory has none or another card is in it.
        minutes: For how long.
        boots: How often.
        loader: What a poste with UEFI gets; shim is right with and without Secure Boot.
        key: Public key.
        folder: Folder.
        inventory: Sources.

    """
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  slow to import
    from officefleet.images.boot.netboot import Arming  # noqa: PLC0415  see above
    from officefleet.images.boot.netboot import arm as run  # noqa: PLC0415  see above

    line = shared.public_key(key)
    fleet = load(inventory, host)
    (machine,) = shared.postes(fleet, host, None)
    card = mac or machine.mac or ""
    if not card:
        raise UsageError(
            _("the inventory does not say which network card {host} has").format(host=host),
            hint=_("add `mac` to the machine, or name it with --mac"),
        )
    with acting(fleet, homes(fleet, [host]), Action.REBUILD):
        overlay = shared.overlay_of(fleet, machine.model_copy(update={"mac": card.lower()}), line)
        RescueKeys(environment.rescue_keys()).add(host, overlay.known_host)
        arming = Arming(
            host=host, mac=card, overlay=overlay, expires=shared.expires_in(minutes), loader=loader,
            address=str(machine.address), boots=boots,
        )  # fmt: skip
        run(shared.netboot_folder(folder), arming)
    _say(
        ngettext(
            "{host} is armed for {count} minute.", "{host} is armed for {count} minutes.", minutes
        ).format(host=host, count=minutes)
    )
    return ExitCode.OK


@command.command
def disarm(host: str, *, folder: NetbootFolder = None) -> int:
    """Let a poste start from its own disk again.

    Args:
        host: The poste.
        folder: Folder.

    """
    from officefleet.images.boot.netboot import armed as who  # noqa: PLC0415  slow to import
    from officefleet.images.boot.netboot import disarm as run  # noqa: PLC0415  see above

    where = shared.netboot_folder(folder)
    cards = [one.mac for one in who(where) if one.host == host]
    if not cards:
        raise UsageError(_("{host} is not armed").format(host=host))
    for card in cards:
        run(where, card)
    _say(_("{host} is no longer armed.").format(host=host))
    return ExitCode.OK


@command.command
def armed(*, folder: NetbootFolder = None, as_json: AsJson = False) -> int:
    """List the postes that get the rescue at their next start.

    Args:
        folder: Folder.
        as_json: JSON instead of text.

    """
    from datetime import datetime  # noqa: PLC0415  only here

    from officefleet.images.boot.netboot import armed as who  # noqa: PLC0415  slow to import

    found = who(shared.netboot_folder(folder))
    if as_json:
        fields = ("host", "mac", "address", "loader", "boots", "expires")
        listed = [{name: getattr(one, name) for name in fields} | {"mac": _colons(one.mac)} for one in found]
        jsonlib.dump(listed, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return ExitCode.OK
    for one in found:
        until = datetime.fromtimestamp(one.expires).astimezone().strftime("%H:%M")
        _say(_("{host} ({mac}) until {time}").format(host=one.host, mac=_colons(one.mac), time=until))
    if not found:
        _say(_("no poste is armed"))
    return ExitCode.OK


def _open(folder: Path | None) -> Rescue:
    from officefleet.images.rescue.builder import open_rescue  # noqa: PLC0415  slow to import

    return open_rescue(shared.rescue_folder(folder))


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{100 * done // total:3d} %")
        sys.stderr.flush()


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _colons(mac: str) -> str:
    return mac.replace("-", ":")
