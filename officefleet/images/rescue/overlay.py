"""What makes the rescue environment that of one poste: its host key, who may log in, its name, its address."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass

from officefleet.i18n import _
from officefleet.images.rescue.cpio import archive
from officefleet.images.rescue.dropbear import host_key
from officefleet.images.rescue.faults import RescueError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")


@dataclass(frozen=True, slots=True)
class Network:
    """Where the controller looks for the poste; the rescue takes it on top of what DHCP gives.

    Attributes:
        address: IPv4 address, not taken if another machine has it.
        prefix: length of the network's prefix, bits.
        gateway: IPv4 address, for a network without DHCP; "" for none.
        dns: IPv4 addresses of name servers, for a network without DHCP.
        mac: of the poste's card, ``aa:bb:cc:dd:ee:ff``: the card that gets the address, if it is there.

    """

    address: str
    prefix: int
    gateway: str = ""
    dns: tuple[str, ...] = ()
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One boot of one poste.

    Attributes:
        initrd: an uncompressed archive; the boot loader gives it to the kernel with the rescue initramfs.
        known_host: the public host key as in a known_hosts file, ``ssh-ed25519 AAAA...``.

    """

    initrd: bytes
    known_host: str


def make_overlay(
    poste: str, authorized_key: str, seed: bytes | None = None, *, network: Network | None = None
) -> Overlay:
    """Return the overlay of a poste, with a fresh host key that the controller knows before first contact.

    Args:
        poste: name.
        authorized_key: the controller's public key, one line of an authorized_keys file.
        seed: 32 bytes of the host key's private half; fresh ones by default.
        network: the poste's own address; DHCP alone by default.

    Raises:
        RescueError: the name, the key or the network is not one: a private key in place of the public one above all.

    """
    if not _NAME.fullmatch(poste):
        raise RescueError(_("{name!r} cannot be the name of a poste.").format(name=poste))
    key = authorized_key.strip()
    if "PRIVATE KEY" in key or "\n" in key or not key:
        raise RescueError(
            _("Who may log in is one line of a public key."), hint=_("Name the file that ends in .pub.")
        )
    private, public = host_key(seed)
    files = {
        "etc/dropbear/hostkey": (0o600, private),
        "root/.ssh/authorized_keys": (0o600, key.encode() + b"\n"),
        "etc/poste.json": (0o644, json.dumps({"name": poste}).encode() + b"\n"),
        "etc/rescue.conf": (0o644, _settings(poste, network).encode("ascii")),
    }
    return Overlay(archive(files), public)


def _settings(poste: str, network: Network | None) -> str:
    """Return the variables that init reads as shell; each value is of a form that a shell takes literally."""
    lines = [f"NAME={poste}"]
    if network is not None:
        lines += [f"ADDRESS={_ip(network.address)}", f"PREFIX={network.prefix:d}"]
        if not 0 < network.prefix <= 32:  # noqa: PLR2004  the bits of an IPv4 address
            raise RescueError(_("{prefix} is no length of a prefix.").format(prefix=network.prefix))
        if network.gateway:
            lines.append(f"GATEWAY={_ip(network.gateway)}")
        if network.dns:
            lines.append(f"DNS='{' '.join(_ip(one) for one in network.dns)}'")
        if network.mac:
            mac = network.mac.lower()
            if not _MAC.fullmatch(mac):
                raise RescueError(_("{mac!r} is no hardware address.").format(mac=network.mac))
            lines.append(f"MAC={mac}")
    return "\n".join(lines) + "\n"


def _ip(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as error:
        raise RescueError(_("{address!r} is no IPv4 address.").format(address=text)) from error
