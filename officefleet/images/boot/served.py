"""What the netboot service serves, as text: who is armed, dnsmasq's configuration, GRUB's and iPXE's scripts.

Facts used: dnsmasq(8) for proxy-DHCP, tags and ``dhcp-hostsfile``; RFC 4578 for client architectures; GRUB 2.06
reads no proxy-DHCP offer (savannah.gnu.org bug 55636), so a poste that gets GRUB gets a whole DHCP offer with its own
address instead: firmware prefers an offer with a boot file to one without (PXE 2.1, 2.2.3), and no other machine is
offered anything. Debian's signed GRUB has TFTP built in, not HTTP. Nobody can tell Secure Boot from a DHCP request:
shim is right with and without it.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILES = (
    "undionly.kpxe",
    "snponly.efi",
    "shimx64.efi",
    "grubx64.efi",
    "mmx64.efi",
    "vmlinuz",
    "rescue.cpio.zst",
)
OPTIONS = "console=ttyS0 console=tty0 quiet panic=30"  # the last is the screen
PORT = 8422
_MAC = re.compile(r"[0-9a-f]{2}(?:-[0-9a-f]{2}){5}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})")
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_MOST_BOOTS = 100
_LEASE = "2m"  # dnsmasq's shortest: firmware and GRUB need the address for seconds


@dataclass(frozen=True)
class Settings:
    """Where the service is: interface, its IPv4 address, length of the prefix, TCP port of HTTP."""

    interface: str
    address: str
    prefix: int
    port: int = PORT

    def check(self) -> None:
        """Raise ValueError for what is no interface, address, prefix or port."""
        if not _INTERFACE.fullmatch(self.interface) or not 0 < self.port < 1 << 16:
            raise ValueError(self.interface)
        ipaddress.IPv4Interface(f"{self.address}/{self.prefix}")

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The pharmacy's network."""
        return ipaddress.IPv4Interface(f"{self.address}/{self.prefix}").network

    @property
    def base(self) -> str:
        """The address of HTTP."""
        return f"http://{self.address}:{self.port}"


@dataclass(frozen=True)
class Armed:
    """A poste that gets the rescue at its next start; fields as in the files of ``armed/``, `mac` with dashes."""

    host: str
    mac: str
    expires: int
    loader: str
    address: str
    boots: int
    overlay: bytes

    def check(self) -> None:
        """Raise ValueError for what could not be served, or could be more than it seems."""
        sound = _HOST.fullmatch(self.host) and _MAC.fullmatch(self.mac) and self.loader in ("shim", "ipxe")
        if (
            not sound
            or not self.overlay
            or not isinstance(self.expires, int)
            or not 0 < self.boots <= _MOST_BOOTS
        ):
            raise ValueError(self.host)
        if self.address or self.loader == "shim":
            ipaddress.IPv4Address(self.address)

    def encode(self) -> bytes:
        """Return the file's content."""
        fields = {**self.__dict__, "overlay": base64.b64encode(self.overlay).decode("ascii")}
        return json.dumps(fields, sort_keys=True).encode("ascii") + b"\n"

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.mac}.json"


def read_settings(folder: Path) -> Settings:
    """Return ``netboot.json``.

    Raises:
        ValueError: it is not sound.
        OSError: it cannot be read.

    """
    try:
        settings = Settings(**json.loads((folder / "netboot.json").read_text("utf-8")))
        settings.check()
    except TypeError as error:
        raise ValueError(str(error)) from error
    return settings


def dashed(mac: str) -> str:
    """Return a card's address as files name it, ``52-54-00-12-34-56``; raise ValueError for anything else."""
    text = mac.lower().replace(":", "-")
    if not _MAC.fullmatch(text):
        raise ValueError(mac)
    return text


def read_arming(path: Path) -> Armed:
    """Return what a file of ``armed/`` says.

    Raises:
        ValueError: it is not sound.
        OSError: it cannot be read.

    """
    try:
        fields = json.loads(path.read_text("utf-8"))
        armed = Armed(**{**fields, "overlay": base64.b64decode(fields["overlay"], validate=True)})
        armed.check()
        int(armed.expires)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    if path.name != armed.name:
        raise ValueError(path.name)
    return armed


def read_armed(folder: Path, now: float) -> dict[str, Armed]:
    """Return the armings that hold at a time, by dashed address; a file that is not sound arms nobody."""
    found = {}
    for path in sorted((folder / "armed").glob("*.json")):
        with contextlib.suppress(ValueError, OSError):
            arming = read_arming(path)
            if now < arming.expires:
                found[arming.mac] = arming
    return found


def tftp_conf(folder: Path, settings: Settings) -> str:
    """Return the configuration of the dnsmasq that sends files; it is never restarted, which would end a transfer."""
    return "\n".join([
        *_common(settings),
        "enable-tftp",
        f"tftp-root={folder / 'run' / 'tftp'}",
        "tftp-unique-root=mac",  # each card sees its own folder; one that is not armed has none
        "",
    ])  # fmt: skip


def dhcp_conf(folder: Path, settings: Settings) -> str:
    """Return the configuration of the dnsmasq that answers DHCP.

    The tags ``armed``, ``shim`` and ``chain`` come from the hosts file. dnsmasq is restarted when that changes:
    2.90 ends with a segmentation fault when it reads the file again after it has answered somebody.
    """
    network, address = settings.network, settings.address
    where = f"{network.network_address}"
    return "\n".join([
        *_common(settings),
        f"dhcp-hostsfile={folder / 'run' / 'hosts'}",
        f"dhcp-leasefile={folder / 'run' / 'leases'}",
        "dhcp-ignore=tag:!armed",
        "dhcp-match=set:ipxe,175",  # iPXE's own option
        "dhcp-match=set:bios,option:client-arch,0",
        "dhcp-match=set:efi,option:client-arch,7",
        "dhcp-match=set:efi,option:client-arch,9",
        "tag-if=set:whole,tag:efi,tag:shim,tag:!ipxe",
        "tag-if=set:next,tag:efi,tag:chain,tag:!ipxe",
        f"dhcp-range=tag:whole,{where},static,{network.netmask},{_LEASE}",
        f"dhcp-range=tag:!whole,{where},proxy,{network.netmask}",
        "dhcp-option=tag:whole,option:router",  # none is needed, and the box's may be another one
        f"dhcp-boot=tag:whole,shimx64.efi,,{address}",
        # with the address: iPXE passes over a proxy that does not name itself (github.com/ipxe/ipxe issue 954)
        f"dhcp-boot=tag:ipxe,{settings.base}/boot.ipxe,,{address}",
        "pxe-service=tag:bios,tag:!ipxe,X86PC,officefleet,undionly.kpxe",
        "pxe-service=tag:next,X86-64_EFI,officefleet,snponly.efi",
        "pxe-service=tag:next,BC_EFI,officefleet,snponly.efi",
        "",
    ])  # fmt: skip


def _common(settings: Settings) -> list[str]:
    return [
        "port=0",  # no DNS: that is the box's
        f"interface={settings.interface}",
        "bind-interfaces",
        "except-interface=lo",
        "no-hosts",
        "no-resolv",
        "log-facility=-",
    ]


def dnsmasq_hosts(armed: Iterable[Armed]) -> str:
    """Return dnsmasq's hosts file: who is answered, and how."""
    lines = []
    for one in armed:
        how = f"set:shim,{one.address}" if one.loader == "shim" else "set:chain"
        lines.append(f"{one.mac.replace('-', ':')},set:armed,{how}\n")
    return "".join(sorted(lines))


def grub_armed(armed: Armed) -> str:
    """Return GRUB's file of an armed poste; the overlay comes last, since fetching it uses the arming up."""
    return (
        f"echo 'Chargement du secours de {armed.host}, une minute...'\nlinux /vmlinuz {OPTIONS}\n"
        "initrd /rescue.cpio.zst /overlay.cpio\nboot\nexit 1\n"
    )


def ipxe_start(settings: Settings) -> str:
    """Return iPXE's first script: it asks for the script of its own card, else goes on to the disk."""
    return (
        f"#!ipxe\nchain --autofree {settings.base}/ipxe/${{netX/mac:hexhyp}}.ipxe ||\n"
        "echo Pas de reconstruction prevue : demarrage normal.\nexit 1\n"
    )


def ipxe_armed(settings: Settings, armed: Armed) -> str:
    """Return iPXE's script of an armed poste; the overlay comes last, as in `grub_armed`."""
    base = settings.base
    return (
        f"#!ipxe\necho Chargement du secours de {armed.host}, une minute...\n"
        # Linux's EFI stub joins the archives in the order of these arguments; a BIOS ignores them.
        f"kernel {base}/vmlinuz initrd=overlay.cpio initrd=rescue.cpio.zst {OPTIONS} || exit 1\n"
        f"initrd --name rescue.cpio.zst {base}/rescue.cpio.zst || exit 1\n"
        f"initrd --name overlay.cpio {base}/overlay/{armed.mac}.cpio || exit 1\n"
        "boot || exit 1\n"
    )
