"""Facts about virtualization: is this host a guest, and of what. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_MANAGERS = ("docker", "lxc", "podman")  # the others are "container" to Ansible
_DMI = "/sys/devices/virtual/dmi/id/"
# what the firmware calls itself -> Ansible's word, first match wins
_PRODUCTS = (
    ("product_name", ("KVM", "KVM Server", "Bochs", "AHV"), "kvm"),
    ("product_name", ("VMware Virtual Platform", "VMware7,1", "VMware20,1"), "VMware"),
    ("product_name", ("VirtualBox",), "virtualbox"),
    ("product_name", ("RHEV Hypervisor", "oVirt Node", "oVirt"), "RHEV"),
    ("product_name", ("OpenStack Compute", "OpenStack Nova"), "openstack"),
    ("product_name", ("HVM domU",), "xen"),
    (
        "sys_vendor",
        (
            "QEMU",
            "Red Hat",
            "Amazon EC2",
            "DigitalOcean",
            "Google",
            "Scaleway",
            "Hetzner",
            "Linode",
            "KubeVirt",
            "Nutanix",
        ),
        "kvm",
    ),
    ("sys_vendor", ("VMware, Inc.",), "VMware"),
    ("sys_vendor", ("innotek GmbH",), "virtualbox"),
    ("sys_vendor", ("Xen",), "xen"),
    ("sys_vendor", ("Parallels Software International Inc.", "Parallels International GmbH."), "parallels"),
    ("bios_vendor", ("Xen",), "xen"),
    ("bios_vendor", ("innotek GmbH",), "virtualbox"),
    ("bios_vendor", ("Amazon EC2", "Hetzner"), "kvm"),
)


def virtual() -> dict[str, Any]:
    """Return virtualization_type, _role, _tech_guest and _tech_host."""
    guest = _containers() + _machines()
    hosts = _hosts()
    if guest:
        kind, role = guest[0], "guest"
    elif hosts:
        kind, role = hosts[0], "host"
    else:
        kind, role = "NA", "NA"
    return {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": list(dict.fromkeys(guest)),
        "virtualization_tech_host": hosts,
    }


def _containers() -> list[str]:
    found = []
    if os.path.exists("/.dockerenv") or os.path.exists("/.dockerinit"):
        found += ["docker", "container"]
    if os.path.exists("/run/.containerenv"):
        found += ["podman", "container"]
    manager = read_text("/run/systemd/container")
    if not manager:
        for entry in read_text("/proc/1/environ").split("\0"):
            if entry.startswith("container="):
                manager = entry.partition("=")[2] or "container"
    if manager:
        found += [manager, "container"] if manager in _MANAGERS else ["container"]
    if "lxcfs" in read_text("/proc/self/mounts") and not found:
        found += ["lxc", "container"]
    if os.path.exists("/proc/vz") and not os.path.exists("/proc/bc"):
        found.append("openvz")
    return found


def _machines() -> list[str]:
    """Return what kind of virtual machine this is, [] when it is none or cannot be told."""
    if "microsoft" in read_text("/proc/sys/kernel/osrelease").lower():
        return ["wsl"]
    if read_text("/sys/hypervisor/type") == "xen" or os.path.exists("/proc/xen/capabilities"):
        return [] if "control_d" in read_text("/proc/xen/capabilities") else ["xen"]
    names = {name: read_text(_DMI + name) for name in ("product_name", "sys_vendor", "bios_vendor")}
    kind = from_firmware(names)
    return [kind] if kind else []


def from_firmware(names: dict[str, str]) -> str:
    """Return the hypervisor that the firmware's product_name, sys_vendor and bios_vendor give away, or ""."""
    if names["sys_vendor"] == "Microsoft Corporation":  # also makes laptops
        return "VirtualPC" if names["product_name"] == "Virtual Machine" else ""
    for name, values, kind in _PRODUCTS:
        if names[name] in values:
            return kind
    if names["product_name"].startswith("VMware"):
        return "VMware"
    return "kvm" if names["product_name"].startswith(("Standard PC", "Google Compute")) else ""


def _hosts() -> list[str]:
    found = []
    if "control_d" in read_text("/proc/xen/capabilities"):
        found.append("xen")
    if os.path.exists("/dev/kvm"):
        found.append("kvm")
    if os.path.isdir("/sys/module/vboxdrv"):
        found.append("virtualbox")
    return found
