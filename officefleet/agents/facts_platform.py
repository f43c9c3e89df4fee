"""Facts about the operating system: distribution, kernel, names, managers. Standard library only."""

from __future__ import annotations

import os
import sys

from officefleet.agents.kit import Context, which
from officefleet.agents.reading import assignments, read_lines, read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

# os-release ID -> Ansible's name; other distributions go by the first word of NAME
_NAMES = {
    "debian": "Debian",
    "raspbian": "Debian",
    "ubuntu": "Ubuntu",
    "linuxmint": "Linux Mint",
    "kali": "Kali",
    "rhel": "RedHat",
    "centos": "CentOS",
    "rocky": "Rocky",
    "almalinux": "AlmaLinux",
    "fedora": "Fedora",
    "ol": "OracleLinux",
    "amzn": "Amazon",
    "opensuse-leap": "openSUSE Leap",
    "sles": "SLES",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "arch": "Archlinux",
    "alpine": "Alpine",
    "gentoo": "Gentoo",
    "devuan": "Devuan",
    "pop": "Pop!_OS",
    "manjaro": "Manjaro",
    "void": "Void",
}
_NARROW = 32  # bits
_FAMILIES = {
    "Debian": "debian ubuntu raspbian linuxmint kali devuan pop neon parrot deepin",
    "RedHat": "rhel centos rocky almalinux fedora ol amzn virtuozzo cloudlinux eurolinux",
    "Suse": "sles opensuse-leap opensuse-tumbleweed sled",
    "Archlinux": "arch manjaro endeavouros",
    "Alpine": "alpine",
    "Gentoo": "gentoo",
}
_PACKAGE_MANAGERS = (  # first match wins; a family's own comes before strays such as apt on a Fedora
    ("RedHat", "/usr/bin/dnf5", "dnf5"),
    ("RedHat", "/usr/bin/dnf", "dnf"),
    ("RedHat", "/usr/bin/yum", "yum"),
    ("Debian", "/usr/bin/apt-get", "apt"),
    ("", "/usr/bin/zypper", "zypper"),
    ("", "/sbin/apk", "apk"),
    ("", "/usr/bin/pacman", "pacman"),
    ("", "/usr/bin/emerge", "portage"),
    ("", "/usr/bin/xbps-install", "xbps"),
    ("", "/usr/bin/apt-get", "apt"),
    ("", "/usr/bin/dnf", "dnf"),
)


def distribution(release: str, debian_version: str) -> dict[str, Any]:
    """Return the distribution facts.

    Args:
        release: text of /etc/os-release.
        debian_version: text of /etc/debian_version, which alone knows Debian's point release.

    """
    found = assignments(release)
    short = found.get("ID", "").lower()
    name = _NAMES.get(short) or (found.get("NAME", "").split(" ") or [""])[0] or "NA"
    version = found.get("VERSION_ID", "") or "NA"
    facts: dict[str, Any] = {"distribution": name, "os_family": family(found) or name}
    if name == "Debian":
        if debian_version[:1].isdigit():
            version = debian_version
        elif "/" in debian_version and version == "NA":
            version = debian_version  # testing and unstable: "trixie/sid"
    parts = version.split(".")
    facts["distribution_version"] = version
    facts["distribution_major_version"] = parts[0]
    if name == "Debian" and len(parts) > 1:
        facts["distribution_minor_version"] = parts[1]
    codename = found.get("VERSION_CODENAME") or found.get("UBUNTU_CODENAME")
    if not codename and "(" in found.get("VERSION", ""):
        codename = found["VERSION"].partition("(")[2].rstrip(")")
    facts["distribution_release"] = codename or "NA"
    facts["distribution_file_path"] = "/etc/os-release"
    facts["distribution_file_variety"] = "Debian" if facts["os_family"] == "Debian" else name
    facts["distribution_file_parsed"] = bool(found)
    return facts


def family(release: dict[str, str]) -> str | None:
    """Return Ansible's os_family of an os-release, by its ID or what it says it is like."""
    for short in [release.get("ID", ""), *release.get("ID_LIKE", "").split()]:
        for name, members in _FAMILIES.items():
            if short.lower() in members.split():
                return name
    return None


def linux() -> dict[str, Any]:
    """Return kernel, machine and host names."""
    import struct

    kernel = os.uname()
    name = full_name(kernel.nodename)
    narrow = struct.calcsize("P") * 8 == _NARROW
    short = "i386" if kernel.machine in ("i586", "i686") else kernel.machine
    return {
        "system": kernel.sysname,
        "kernel": kernel.release,
        "kernel_version": kernel.version,
        "machine": kernel.machine,
        "architecture": short,
        "userspace_bits": "32" if narrow else "64",
        "userspace_architecture": "i386" if narrow and short == "x86_64" else short,
        "nodename": kernel.nodename,
        "hostname": kernel.nodename.split(".")[0],
        "fqdn": name,
        "domain": name.partition(".")[2],
        "machine_id": read_text("/etc/machine-id") or read_text("/var/lib/dbus/machine-id"),
        "fips": read_text("/proc/sys/crypto/fips_enabled") == "1",
        "is_chroot": is_chroot(),
        "iscsi_iqn": initiator(),
        "hostnqn": read_text("/etc/nvme/hostnqn"),
        "fibre_channel_wwn": [
            read_text("/sys/class/fc_host/%s/port_name" % port)[2:] for port in listing("/sys/class/fc_host")
        ],
    }


def full_name(short: str) -> str:
    """Return the host's full name: from /etc/hosts, else from the resolver, which gets one second.

    Asking the resolver first, as getfqdn does, stalls a host whose DNS is down.
    """
    names = from_hosts(read_text("/etc/hosts"), short)
    if names:
        return next((name for name in names if "." in name), names[0])
    import socket
    import threading

    answer: list[str] = []
    thread = threading.Thread(target=lambda: answer.append(socket.getfqdn(short)), daemon=True)
    thread.start()
    thread.join(1.0)
    return answer[0] if answer else short


def from_hosts(text: str, name: str) -> list[str]:
    """Return the names that /etc/hosts gives the address of `name`, canonical first; [] when it has none."""
    rows = [line.partition("#")[0].split() for line in text.splitlines()]
    rows = [row for row in rows if len(row) > 1]
    for row in rows:
        if name in row[1:]:
            return next(other[1:] for other in rows if other[0] == row[0])
    return []


def is_chroot() -> bool:
    """Return whether this process sees another root than process 1, or that it cannot tell: no."""
    try:
        mine, first = os.stat("/"), os.stat("/proc/1/root/.")
    except OSError:
        return False
    return (mine.st_ino, mine.st_dev) != (first.st_ino, first.st_dev)


def initiator() -> str:
    """Return the iSCSI initiator's name, "" when there is none."""
    for line in read_lines("/etc/iscsi/initiatorname.iscsi"):
        if line.startswith("InitiatorName="):
            return line.partition("=")[2].strip()
    return ""


def listing(folder: str) -> list[str]:
    """Return a folder's entries sorted, [] when there is none."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def package_manager(os_family: str) -> str:
    """Return the package manager's name, "unknown" when none is found."""
    for wanted, path, name in _PACKAGE_MANAGERS:
        if wanted in ("", os_family) and os.path.exists(path):
            return name
    return "unknown"


def service_manager() -> str:
    """Return what runs the services, e.g. "systemd"."""
    for folder in ("/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd"):
        if os.path.exists(folder):
            return "systemd"
    first = os.path.basename(read_text("/proc/1/comm"))
    if first and first not in ("init", "sh", "bash", "dash", "sleep", "tail", "docker-init", "tini"):
        return first
    if os.path.exists("/sbin/openrc"):
        return "openrc"
    return "sysvinit" if os.path.exists("/etc/init.d") else "service"


def systemd(context: Context) -> dict[str, Any]:
    """Return {"systemd": {"version", "features"}} of a host that runs systemd, else {}."""
    program = which("systemctl")
    if program is None or service_manager() != "systemd":
        return {}
    lines = context.run([program, "--version"], parse=True).out.splitlines()
    version = "".join(lines[:1]).split()[1:2]
    if not (version and version[0].isdigit()):
        return {}
    return {"systemd": {"version": int(version[0]), "features": lines[1] if len(lines) > 1 else ""}}


def lsb() -> dict[str, Any]:
    """Return {"lsb": {...}} when the host has LSB's tool or file, as Ansible does."""
    found = assignments(read_text("/etc/lsb-release"))
    if found.get("DISTRIB_ID"):
        facts = {
            "id": found["DISTRIB_ID"],
            "release": found.get("DISTRIB_RELEASE", ""),
            "description": found.get("DISTRIB_DESCRIPTION", ""),
            "codename": found.get("DISTRIB_CODENAME", ""),
        }
    elif which("lsb_release") is not None:
        release = assignments(read_text("/etc/os-release"))
        facts = {
            "id": release.get("NAME", "").split(" ")[0],
            "release": release.get("VERSION_ID", "n/a"),
            "description": release.get("PRETTY_NAME", ""),
            "codename": release.get("VERSION_CODENAME", "n/a"),
        }
    else:
        return {"lsb": {}}
    facts["major_release"] = facts["release"].split(".")[0]
    return {"lsb": facts}


def python() -> dict[str, Any]:
    """Return the interpreter that runs this agent."""
    from importlib.util import find_spec

    version = sys.version_info
    return {
        "python_version": "%d.%d.%d" % version[:3],
        "python": {
            "executable": sys.executable,
            "type": sys.implementation.name,
            "has_sslcontext": find_spec("_ssl") is not None,
            "version": {
                "major": version.major,
                "minor": version.minor,
                "micro": version.micro,
                "releaselevel": version.releaselevel,
                "serial": version.serial,
            },
            "version_info": list(version),
        },
    }
