"""The lab's network, built inside the keeper's own namespace: a bridge per pharmacy, a WAN link each.

The namespace that the keeper runs in is the groupement's head office ("siege"). Nothing of it shows in
the machine's own network: no device, no route, no name; and all of it goes when the keeper ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import struct
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from officefleet.lab.topology import LAN_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.lab.topology import LabHost, LabSite
    from officefleet.lab.wan import Wan


# Replies may come back by another link than the one that requests took while links are exchanged.
_SYSCTLS = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
)
_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000


def build_siege() -> None:
    """Prepare the head office: the keeper's own namespace."""
    _ip("link", "set", "lo", "up")
    _run("sysctl", "-qw", *_SYSCTLS)


def build_site(site: LabSite) -> None:
    """Build a pharmacy's router, bridge and WAN link, and a namespace with an address for each host."""
    namespace, wan = _router(site), f"wan{site.short}"
    _ip("netns", "add", namespace)
    _ip("link", "add", wan, "type", "veth", "peer", "name", "wan", "netns", namespace)
    # The ends' addresses are on no link, so that they stay when the traffic moves to a slow one.
    _ip("address", "add", f"{site.wan_siege}/32", "dev", "lo")
    _ip("link", "set", wan, "up")
    _ip("-n", namespace, "link", "set", "lo", "up")
    _ip("-n", namespace, "address", "add", f"{site.wan_site}/32", "dev", "lo")
    _ip("-n", namespace, "link", "set", "wan", "up")
    _ip("-n", namespace, "link", "add", "lan", "type", "bridge")
    _ip("-n", namespace, "address", "add", f"{site.router}/{LAN_BITS}", "dev", "lan")
    _ip("-n", namespace, "link", "set", "lan", "up")
    _run("nsenter", f"--net={namespace_path(namespace)}", "sysctl", "-qw", *_SYSCTLS)
    route_directly(site)
    for number, host in enumerate(site.hosts):
        if host.firmware:
            _build_port(site, number)
        else:
            _build_host(site, host, number)
    if site.machines:
        _serve_addresses(site)


def route_directly(site: LabSite) -> None:
    """Let a pharmacy's traffic take the perfect link."""
    onlink = ("via", site.wan_site, "dev", f"wan{site.short}", "onlink", "src", site.wan_siege)
    _ip("route", "replace", site.lan, *onlink)
    _ip("route", "replace", site.wan_site, *onlink)
    back = ("via", site.wan_siege, "dev", "wan", "onlink", "src", site.wan_site)
    _ip("-n", _router(site), "route", "replace", "default", *back)


class SlowLink:
    """A WAN link through a relay process; made when a link is to be less than perfect.

    Args:
        site: whose link.
        wan: how it behaves.

    """

    def __init__(self, site: LabSite, wan: Wan) -> None:
        near, far = f"slow{site.short}", f"far{site.short}"
        router = _router(site)
        with _tun(near) as near_fd, _tun(far) as far_fd:
            _ip("link", "set", near, "up")
            _ip("link", "set", far, "netns", router)
            _ip("-n", router, "link", "set", far, "up")
            command = [sys.executable, "-m", "officefleet.lab.relay", str(near_fd), str(far_fd)]
            self._relay = subprocess.Popen(
                [*command, json.dumps(asdict(wan))], stdin=subprocess.DEVNULL, pass_fds=(near_fd, far_fd)
            )
        _ip("route", "replace", site.lan, "dev", near, "src", site.wan_siege)
        _ip("route", "replace", site.wan_site, "dev", near, "src", site.wan_siege)
        _ip("-n", router, "route", "replace", "default", "dev", far, "src", site.wan_site)

    def remove(self) -> None:
        """End the relay; its devices go with it. Route the traffic elsewhere first."""
        self._relay.kill()
        self._relay.wait()


@contextlib.contextmanager
def _tun(name: str) -> Iterator[int]:
    """Make a network device whose packets are read from and written to the descriptor given."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    try:
        # struct ifreq: 16 bytes of name, flags, padding (netdevice(7)); requests from linux/if_tun.h.
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
        yield descriptor
    finally:
        os.close(descriptor)


def namespace_path(name: str) -> str:
    """Return where a host's (or router's) network namespace can be joined."""
    return f"/run/netns/{name}"


def plug(site: LabSite, host: LabHost, *, powered: bool) -> None:
    """Raise or drop the link of a host's network card, as its power goes on or off."""
    _ip("-n", _router(site), "link", "set", port_of(site, host), "up" if powered else "down")


def _router(site: LabSite) -> str:
    return f"router-{site.id}"


def _build_host(site: LabSite, host: LabHost, number: int) -> None:
    _ip("netns", "add", host.name)
    router = _router(site)
    _ip(
        "-n",
        router,
        "link",
        "add",
        f"port{number}",
        "type",
        "veth",
        "peer",
        "name",
        "host0",
        "netns",
        host.name,
    )
    _ip("-n", router, "link", "set", f"port{number}", "master", "lan", "up")
    _ip("-n", host.name, "address", "add", f"{host.address}/{LAN_BITS}", "dev", "host0")
    _ip("-n", host.name, "link", "set", "host0", "up")
    _ip("-n", host.name, "link", "set", "lo", "up")
    _ip("-n", host.name, "route", "add", "default", "via", site.router)


def _build_port(site: LabSite, number: int) -> None:
    """Make the port of a QEMU machine: a device that QEMU opens, on the pharmacy's bridge."""
    router = _router(site)
    _ip("-n", router, "tuntap", "add", "dev", f"port{number}", "mode", "tap")
    _ip("-n", router, "link", "set", f"port{number}", "master", "lan", "up")


def _serve_addresses(site: LabSite) -> None:
    """Start the DHCP server of the pharmacy's box: it gives each machine the address of the inventory."""
    command = [
        "dnsmasq",
        "--keep-in-foreground",
        "--bind-dynamic",
        "--quiet-dhcp",
        "--conf-file=/dev/null",
        "--port=0",
    ]
    command += ["--interface=lan", "--except-interface=lo"]
    command += ["--leasefile-ro", "--user=root", "--pid-file=", "--log-facility=-"]
    command += [f"--dhcp-range={site.lan.partition('/')[0]},static,1h", f"--dhcp-option=3,{site.router}"]
    command += [f"--dhcp-host={host.mac},{host.address}" for host in site.machines]
    process = subprocess.Popen(in_namespace(_router(site), command), stdin=subprocess.DEVNULL)
    process.returncode = 0  # the keeper, being process 1, reaps all children itself


def port_of(site: LabSite, host: LabHost) -> str:
    """Return the name of a host's port in its router's namespace."""
    return f"port{site.hosts.index(host)}"


def router_of(site: LabSite) -> str:
    """Return the name of a pharmacy's router's namespace."""
    return _router(site)


def in_namespace(name: str, command: list[str]) -> list[str]:
    """Return the arguments that run a command in a host's or router's network."""
    return ["nsenter", f"--net={namespace_path(name)}", "--", *command]


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
