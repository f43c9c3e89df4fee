"""Facts about the network, from netlink and /sys: no child process, no tool needed. Standard library only."""

from __future__ import annotations

import os
import socket
import struct

from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# linux/netlink.h and linux/rtnetlink.h
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_GET_ADDRESS, _GET_ROUTE = 22, 26
_ADDRESS, _LOCAL, _LABEL, _BROADCAST = 1, 2, 3, 4
_DESTINATION, _OUT, _GATEWAY, _SOURCE, _TABLE = 1, 4, 5, 7, 15
_LOCAL_TABLE, _LOCAL_ROUTE = 255, 2
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_TYPES = {"1": "ether", "32": "infiniband", "512": "ppp", "772": "loopback", "65534": "tunnel"}
_HEADER, _ATTRIBUTE_HEADER = 16, 4  # bytes
_PROMISCUOUS = 0x100
_SYS = "/sys/class/net"
# Any address behind the default route does; nothing is sent to it. Ansible asks for these two.
_FAR: dict[int, str] = {socket.AF_INET: "8.8.8.8", socket.AF_INET6: "2404:6800:400a:800::1012"}


def network() -> dict[str, Any]:
    """Return interfaces, their addresses and the default routes under Ansible's names."""
    addresses = list(_addresses())
    found = {name: _interface(name) for name in _names()}
    for address in addresses:
        _place(address, found)
    ip4 = [one["address"] for one in addresses if one["family"] == socket.AF_INET]
    ip6 = [one["address"] for one in addresses if one["family"] == socket.AF_INET6]
    facts: dict[str, Any] = {
        "interfaces": sorted(found),
        "all_ipv4_addresses": [one for one in ip4 if not one.startswith("127.")],
        "all_ipv6_addresses": [one for one in ip6 if one != "::1"],
        "default_ipv4": _default(socket.AF_INET, found),
        "default_ipv6": _default(socket.AF_INET6, found),
        "locally_reachable_ips": {
            "ipv4": _locally_reachable(socket.AF_INET),
            "ipv6": _locally_reachable(socket.AF_INET6),
        },
    }
    for name, interface in found.items():
        facts.setdefault(name.replace("-", "_"), interface)
    return facts


def _names() -> list[str]:
    try:
        names = os.listdir(_SYS)
    except OSError:
        return []
    return [name for name in names if os.path.isdir(os.path.join(_SYS, name))]  # bonding_masters is a file


def _interface(name: str) -> dict[str, Any]:
    folder = os.path.join(_SYS, name)
    found: dict[str, Any] = {"device": name}
    mac = read_text(folder + "/address")
    if mac and mac != "00:00:00:00:00:00":
        found["macaddress"] = mac
    found["mtu"] = int(read_text(folder + "/mtu") or 0)
    found["active"] = read_text(folder + "/operstate") != "down"
    found["type"] = _TYPES.get(read_text(folder + "/type"), "unknown")
    found["promisc"] = bool(int(read_text(folder + "/flags") or "0", 16) & _PROMISCUOUS)
    speed = read_text(folder + "/speed")
    if speed.lstrip("-").isdigit():
        found["speed"] = int(speed)
    for key, link in (("pciid", "/device"), ("module", "/device/driver/module")):
        if os.path.islink(folder + link):
            found[key] = os.path.basename(os.path.realpath(folder + link))
    if os.path.isdir(folder + "/bridge"):
        found["type"] = "bridge"
        found["interfaces"] = sorted(os.listdir(folder + "/brif"))
        found["id"] = read_text(folder + "/bridge/bridge_id")
        found["stp"] = read_text(folder + "/bridge/stp_state") == "1"
    elif os.path.isdir(folder + "/bonding"):
        found["type"] = "bonding"
        found["slaves"] = read_text(folder + "/bonding/slaves").split()
        found["mode"] = read_text(folder + "/bonding/mode").split(" ")[0]
        found["miimon"] = read_text(folder + "/bonding/miimon")
        found["lacp_rate"] = read_text(folder + "/bonding/lacp_rate").split(" ")[0]
        found["primary"] = read_text(folder + "/bonding/primary")
    return found


def _place(address: dict[str, Any], interfaces: dict[str, Any]) -> None:
    """Put an address where Ansible has it: ipv4, ipv4_secondaries or ipv6 of its interface."""
    interface = interfaces.setdefault(address["interface"], {"device": address["interface"]})
    if address["family"] == socket.AF_INET6:
        entry = {"address": address["address"], "prefix": str(address["prefix"]), "scope": address["scope"]}
        interface.setdefault("ipv6", []).append(entry)
        return
    entry = ipv4_entry(address["address"], address["prefix"], address["broadcast"])
    label = address["label"]
    if label != address["interface"]:
        interfaces.setdefault(label, {"device": label})["ipv4"] = entry
    if "ipv4" not in interface and label == address["interface"]:
        interface["ipv4"] = entry
    else:
        interface.setdefault("ipv4_secondaries", []).append(entry)


def ipv4_entry(address: str, prefix: int, broadcast: str) -> dict[str, str]:
    """Return an IPv4 address with its netmask and network, e.g. ("192.0.2.9", 24) is in 192.0.2.0."""
    mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    number = struct.unpack("!I", socket.inet_aton(address))[0]
    return {
        "address": address,
        "broadcast": broadcast,
        "netmask": socket.inet_ntoa(struct.pack("!I", mask)),
        "network": socket.inet_ntoa(struct.pack("!I", number & mask)),
        "prefix": str(prefix),
    }


def _default(family: int, interfaces: dict[str, Any]) -> dict[str, Any]:
    """Return the interface and address that talk to the outside, {} when nothing does."""
    length = 32 if family == socket.AF_INET else 128
    head = struct.pack("=BBBBBBBBI", family, length, 0, 0, 0, 0, 0, 0, 0)
    body = head + _attribute(_DESTINATION, socket.inet_pton(family, _FAR[family]))
    for _head, attributes in _ask(_GET_ROUTE, _REQUEST, body, 12):
        if _OUT not in attributes or _SOURCE not in attributes:
            continue
        name = _index_name(attributes[_OUT])
        source = socket.inet_ntop(family, attributes[_SOURCE])
        found = {"interface": name, "address": source}
        if _GATEWAY in attributes:
            found["gateway"] = socket.inet_ntop(family, attributes[_GATEWAY])
        interface = interfaces.get(name, {})
        for key in ("macaddress", "mtu", "type"):
            if key in interface:
                found[key] = interface[key]
        found.update(_entry_of(source, family, interface))
        if family == socket.AF_INET:
            found["alias"] = name
        return found
    return {}


def _entry_of(address: str, family: int, interface: dict[str, Any]) -> dict[str, Any]:
    if family == socket.AF_INET6:
        entries = interface.get("ipv6", [])
    else:
        entries = ([interface["ipv4"]] if "ipv4" in interface else []) + interface.get("ipv4_secondaries", [])
    for entry in entries:
        if entry["address"] == address:
            return dict(entry)
    return {}


def _locally_reachable(family: int) -> list[str]:
    """Return addresses and networks of the local routing table."""
    found = []
    body = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _LOCAL_TABLE, 0, 0, 0, 0)
    full = 32 if family == socket.AF_INET else 128
    for head, attributes in _ask(_GET_ROUTE, _REQUEST | _DUMP, body, 12):
        answered, length, _source, _tos, table, _protocol, _scope, kind = struct.unpack("=8B", head[:8])
        if (
            answered == family
            and kind == _LOCAL_ROUTE
            and table == _LOCAL_TABLE
            and _DESTINATION in attributes
        ):
            text = socket.inet_ntop(family, attributes[_DESTINATION])
            found.append(text if length == full else "%s/%d" % (text, length))
    return sorted(found)


def _addresses() -> Iterator[dict[str, Any]]:
    """Yield all IPv4 and IPv6 addresses in the kernel's order."""
    for head, attributes in _ask(_GET_ADDRESS, _REQUEST | _DUMP, struct.pack("=BBBBI", 0, 0, 0, 0, 0), 8):
        family, prefix, _flags, scope, index = struct.unpack("=BBBBI", head)
        raw = attributes.get(_LOCAL, attributes.get(_ADDRESS))
        if family not in (socket.AF_INET, socket.AF_INET6) or raw is None:
            continue
        name = _index_name(struct.pack("=I", index))
        broadcast = attributes.get(_BROADCAST)
        yield {
            "family": family,
            "interface": name,
            "label": attributes[_LABEL].rstrip(b"\0").decode() if _LABEL in attributes else name,
            "address": socket.inet_ntop(family, raw),
            "prefix": prefix,
            "scope": _SCOPES.get(scope, str(scope)),
            "broadcast": socket.inet_ntop(family, broadcast) if broadcast else "",
        }


def _index_name(raw: bytes) -> str:
    index = struct.unpack("=I", raw)[0]
    try:
        return socket.if_indextoname(index)
    except OSError:
        return "if%d" % index


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", _ATTRIBUTE_HEADER + len(data), kind) + data + b"\0" * (-len(data) % 4)


def _ask(kind: int, flags: int, body: bytes, head_size: int) -> Iterator[tuple[bytes, dict[int, bytes]]]:
    """Send one netlink request; yield each answer's fixed head and attributes. An error yields nothing."""
    try:
        channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    except OSError:
        return
    with channel:
        channel.settimeout(2)
        try:
            channel.send(struct.pack("=IHHII", _HEADER + len(body), kind, flags, 1, 0) + body)
            while True:
                data = channel.recv(1 << 18)
                for answer, payload in messages(data):
                    if answer in (_ERROR, _DONE):
                        return
                    yield payload[:head_size], attributes_of(payload[head_size:])
                if not flags & _DUMP:
                    return
        except OSError:
            return


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, payload) of each netlink message in a datagram."""
    place = 0
    while place + _HEADER <= len(data):
        size, kind = struct.unpack_from("=IH", data, place)
        if size < _HEADER or place + size > len(data):
            return
        yield kind, data[place + _HEADER : place + size]
        place += (size + 3) & ~3


def attributes_of(data: bytes) -> dict[int, bytes]:
    """Return {attribute type: value} of a netlink message's tail."""
    found = {}
    place = 0
    while place + _ATTRIBUTE_HEADER <= len(data):
        size, kind = struct.unpack_from("=HH", data, place)
        if size < _ATTRIBUTE_HEADER or place + size > len(data):
            break
        found[kind & 0x3FFF] = data[place + _ATTRIBUTE_HEADER : place + size]
        place += (size + 3) & ~3
    return found
