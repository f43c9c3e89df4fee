r"""A poste's name and network in the offline registry of its Windows.

Which control set Windows will use is ``Select\Current``: at rest ``CurrentControlSet`` does not exist. Names and
places of values: Microsoft's documents "Tcpip parameters" and "Computer names" on learn.microsoft.com. After sysprep
the answer file gives name and network again, and wins; these values serve until then, and where Windows was not
generalised.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.windows import hive
from officefleet.images.windows.firstboot import COMMAND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.images.windows.hive import Hive
    from officefleet.images.windows.identity import Network

GENERALIZED = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
_STATE = r"Microsoft\Windows\CurrentVersion\Setup\State"
_RUN_ONCE = r"Microsoft\Windows\CurrentVersion\RunOnce"
_VERSION = r"Microsoft\Windows NT\CurrentVersion"
_CONNECTIONS = r"Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}"  # the class of network cards
_MOST_SETS = 999


@dataclass(frozen=True, slots=True)
class Facts:
    """What a Windows says of itself at rest.

    Attributes:
        state: e.g. ``IMAGE_STATE_COMPLETE``, or `GENERALIZED` after sysprep.
        build: e.g. ``19045``; "" when not written.
        revision: None when not written.
        edition: e.g. ``Professional``.

    """

    state: str
    build: str
    revision: int | None
    edition: str


def read_facts(software: Path) -> Facts:
    """Return what the SOFTWARE hive says.

    Raises:
        TargetError: the hive is damaged or not clean.

    """
    with hive.opened(software) as opened:
        return Facts(
            state=_text(opened, _STATE, "ImageState"),
            build=_text(opened, _VERSION, "CurrentBuildNumber") or _text(opened, _VERSION, "CurrentBuild"),
            revision=_number(opened, _VERSION, "UBR"),
            edition=_text(opened, _VERSION, "EditionID"),
        )


def control_set(system: Hive) -> str:
    """Return the name of the control set that Windows will use.

    Raises:
        TargetError: the hive does not say, or has no such set.

    """
    current = _number(system, "Select", "Current")
    name = f"ControlSet{current or 0:03d}"
    if current is None or not 0 < current <= _MOST_SETS or not system.has(name):
        raise TargetError(
            _("The registry does not say which control set Windows uses."),
            hint=_("This is no SYSTEM hive of an installed Windows."),
        )
    return name


def write_system(path: Path, hostname: str, networks: Sequence[Network]) -> list[str]:
    """Give the Windows of a SYSTEM hive its name and network; return the connections that were set.

    Connections that the hive does not know yet are left to the answer file.

    Raises:
        TargetError: the hive is damaged or not clean, or the library fails.

    """
    with hive.opened(path, write=True) as system:
        current = control_set(system)
        name = rf"{current}\Control\ComputerName"
        system.set(rf"{name}\ComputerName", "ComputerName", hive.text(hostname.upper()))
        if system.has(rf"{name}\ActiveComputerName"):  # made anew at each start; a crashed Windows leaves one
            system.set(rf"{name}\ActiveComputerName", "ComputerName", hive.text(hostname.upper()))
        parameters = rf"{current}\Services\Tcpip\Parameters"
        for value in ("Hostname", "NV Hostname"):
            system.set(parameters, value, hive.text(hostname))
        # Fast startup would leave the partition hibernated, and the next rebuild could not write to it.
        power = rf"{current}\Control\Session Manager\Power"
        system.set(power, "HiberbootEnabled", hive.number(0))
        known = _connections(system, current)
        done = [one.interface for one in networks if one.interface.casefold() in known]
        for network in networks:
            card = known.get(network.interface.casefold())
            if card is not None:
                _set_network(system, rf"{parameters}\Interfaces\{card}", network)
        system.commit()
    return done


def write_software(path: Path) -> None:
    """Let the first administrator who signs in run what the first boot should have done.

    Raises:
        TargetError: the hive is damaged or not clean, or the library fails.

    """
    with hive.opened(path, write=True) as software:
        software.set(
            _RUN_ONCE, "!officefleet", hive.Value(hive.EXPAND_SZ, (COMMAND + "\0").encode("utf-16-le"))
        )
        software.commit()


def _connections(system: Hive, current: str) -> dict[str, str]:
    """Return the identifier of each network card by its connection's name, in lower case."""
    found = {}
    for card in system.children(rf"{current}\{_CONNECTIONS}"):
        name = _text(system, rf"{current}\{_CONNECTIONS}\{card}\Connection", "Name")
        if name and card.startswith("{"):
            found[name.casefold()] = card
    return found


def _set_network(system: Hive, key: str, network: Network) -> None:
    if not network.address:
        system.set(key, "EnableDHCP", hive.number(1))
        for name in ("IPAddress", "SubnetMask", "DefaultGateway"):
            system.set(key, name, hive.texts([]))
        system.set(key, "NameServer", hive.text(""))
        return
    address = ipaddress.IPv4Interface(network.address)
    system.set(key, "EnableDHCP", hive.number(0))
    system.set(key, "IPAddress", hive.texts([str(address.ip)]))
    system.set(key, "SubnetMask", hive.texts([str(address.netmask)]))
    system.set(key, "DefaultGateway", hive.texts([network.gateway] if network.gateway else []))
    system.set(key, "NameServer", hive.text(",".join(network.dns)))


def _text(opened: Hive, key: str, name: str) -> str:
    found = opened.get(key, name)
    return found.text if found else ""


def _number(opened: Hive, key: str, name: str) -> int | None:
    found = opened.get(key, name)
    return found.number if found else None
