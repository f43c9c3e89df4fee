"""What the rescue commands share: folders, the controller's public key, and what the inventory says of a poste."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from officefleet.cli import environment
from officefleet.durable.folders import state_folder
from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.images.rescue.overlay import Overlay
    from officefleet.inventory import Inventory
    from officefleet.models import Machine

RescueFolder = Annotated[
    Path | None,
    Parameter(name="--rescue", env_var="OFFICEFLEET_RESCUE", help="Folder of `rescue build`."),
]
NetbootFolder = Annotated[
    Path | None,
    Parameter(name="--folder", env_var="OFFICEFLEET_NETBOOT", help="Folder of the netboot service."),
]
PublicKey = Annotated[
    Path | None,
    Parameter(name="--key", help="Public key that may log in to the rescue (default: yours)."),
]
_POSTES = ("comptoir", "back_office", "secours", "serveur")
_PREFIX = 24  # what a box of a French provider gives
_MINUTE = 60


def rescue_folder(given: Path | None) -> Path:
    """Return where the built rescue is."""
    return given or state_folder() / "rescue"


def netboot_folder(given: Path | None) -> Path:
    """Return where the netboot service's files are."""
    return given or state_folder() / "netboot"


def public_key(given: Path | None) -> str:
    """Return the public key that may log in to the rescue.

    Raises:
        UsageError: there is none, or the file named holds a private key.

    """
    private = environment.private_key()
    places = [given] if given else [Path(f"{private}.pub")] if private else _usual_keys()
    for path in places:
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if "PRIVATE KEY" in text or text.count("\n") or not text.startswith(("ssh-", "ecdsa-", "sk-")):
            raise UsageError(
                _("{path} is no public key").format(path=path), hint=_("name the file that ends in .pub")
            )
        return text
    raise UsageError(
        _("there is no public key that could log in to the rescue"),
        hint=_("name one with --key; ssh-keygen -t ed25519 makes one"),
    )


def postes(inventory: Inventory, host: str | None, officine: str | None) -> list[Machine]:
    """Return the postes that are meant.

    Raises:
        UsageError: none, or not exactly one of the two is named.

    """
    if (host is None) == (officine is None):
        raise UsageError(_("name one poste, or a pharmacy with --officine"))
    if host is not None:
        machine = inventory.machine(host)
        if machine is None:
            raise UsageError(_("there is no machine {host!r} in the inventory").format(host=host))
        return [machine]
    found = [one for one in inventory.pharmacy(officine or "").machines if one.kind.value in _POSTES]
    if not found:
        raise UsageError(_("{officine} has no postes").format(officine=officine))
    return found


def overlay_of(inventory: Inventory, machine: Machine, key: str) -> Overlay:
    """Return a fresh overlay of a poste: its name, its address, a new host key, who may log in.

    The variables ``lan_prefix``, ``lan_gateway`` and ``lan_dns`` say what the inventory's models do not.

    Raises:
        RescueError: they are no network.

    """
    from officefleet.images.rescue.faults import RescueError  # noqa: PLC0415  slow to import
    from officefleet.images.rescue.overlay import Network, make_overlay  # noqa: PLC0415  see above

    variables = inventory.variables(machine.name)
    try:
        prefix = int(variables.get("lan_prefix", _PREFIX))
    except (TypeError, ValueError):
        raise RescueError(_("{host}: lan_prefix is no number.").format(host=machine.name)) from None
    dns = variables.get("lan_dns") or ()
    network = Network(
        str(machine.address),
        prefix,
        gateway=str(variables.get("lan_gateway") or _gateway(inventory, machine.name)),
        dns=(dns,) if isinstance(dns, str) else tuple(str(one) for one in dns),
        mac=machine.mac or "",
    )
    return make_overlay(machine.name, key, network=network)


def expires_in(minutes: int) -> int:
    """Return the time, seconds since 1970, that is so many minutes away."""
    return int(time.time()) + minutes * _MINUTE


def _gateway(inventory: Inventory, host: str) -> str:
    home = inventory.pharmacy_of(host)
    machines = inventory.pharmacy(home).machines if home else ()
    return next((str(one.address) for one in machines if one.kind.value == "passerelle"), "")


def _usual_keys() -> list[Path]:
    folder = Path(os.environ.get("HOME") or Path.home()) / ".ssh"
    return [folder / name for name in ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")]


def interface_address(interface: str) -> tuple[str, int]:
    """Return the first IPv4 address of an interface and the length of its prefix.

    Raises:
        UsageError: there is none.

    """
    import json  # noqa: PLC0415  only here

    from officefleet.images.tools import run_tool  # noqa: PLC0415  only here

    shown = json.loads(run_tool(["ip", "-j", "-4", "addr", "show", "scope", "global"]) or b"[]")
    for one in shown:
        if one.get("ifname") == interface and one.get("addr_info"):
            first = one["addr_info"][0]
            return str(first["local"]), int(first["prefixlen"])
    names = ", ".join(one["ifname"] for one in shown if one.get("addr_info")) or _("none")
    raise UsageError(
        _("{interface} has no IPv4 address").format(interface=interface),
        hint=_("interfaces that have one: {names}").format(names=names),
    )


def run_service(folder: Path) -> int:
    """Run the netboot service until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        NetbootError: it could not start.

    """
    import signal  # noqa: PLC0415  only here
    import threading  # noqa: PLC0415  only here

    from officefleet.errors import ExitCode  # noqa: PLC0415  only here
    from officefleet.images.boot import netbootd  # noqa: PLC0415  only here
    from officefleet.images.boot.faults import NetbootError  # noqa: PLC0415  only here

    stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = netbootd.serve(folder, stop)
    except FileNotFoundError as error:
        raise NetbootError(
            _("{program} is not installed.").format(program=error.filename or error),
            hint=_("On Debian: apt-get install dnsmasq-base."),
        ) from error
    except OSError as error:
        raise NetbootError(
            _("The netboot service cannot start: {reason}.").format(reason=error.strerror or error),
            hint=_("Is the address this machine's, and no other service on its ports?"),
        ) from error
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    if status:
        raise NetbootError(
            _("dnsmasq ended with status {status}; its last lines say why.").format(status=status),
            hint=_("It needs root, and ports 67, 69 and 4011 of UDP free on that interface."),
        )
    return ExitCode.OK
