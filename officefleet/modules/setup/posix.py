"""setup on a POSIX host: which collectors a gather_subset asks for, and what is kept of their facts."""

from __future__ import annotations

import os
import time

from officefleet.agents import (
    facts_disks,
    facts_hardware,
    facts_network,
    facts_platform,
    facts_system,
    facts_virtual,
)
from officefleet.agents.kit import Context, Failed
from officefleet.agents.reading import read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# collector -> the names that gather_subset has for it, and for single facts of it
_MINIMUM = {
    "platform": (
        "architecture chroot fibre_channel_wwn fips is_chroot iscsi kernel kernel_version machine machine_id "
        "nvme system userspace_architecture userspace_bits"
    ),
    "distribution": "distribution_major_version distribution_release distribution_version os_family",
    "date_time": "",
    "env": "",
    "user": (
        "effective_group_ids effective_user_id real_user_id user_dir user_gecos user_gid user_id user_shell "
        "user_uid"
    ),
    "python": "python_version",
    "service_mgr": "",
    "pkg_mgr": "",
    "systemd": "",
    "lsb": "",
    "selinux": "apparmor",
    "caps": "system_capabilities system_capabilities_enforced",
    "cmdline": "",
    "dns": "",
    "local": "",
    "loadavg": "",
    "ssh_pub_keys": (
        "ssh_host_pub_keys ssh_host_key_dsa_public ssh_host_key_ecdsa_public ssh_host_key_ed25519_public "
        "ssh_host_key_rsa_public"
    ),
}
_MORE = {
    "hardware": "processor processor_cores processor_count",
    "mounts": "",
    "devices": "",
    "lvm": "",
    "network": "all_ipv4_addresses all_ipv6_addresses default_ipv4 default_ipv6 interfaces",
    "virtual": "virtualization_role virtualization_tech_guest virtualization_tech_host virtualization_type",
}
_GROUPS = {"hardware": ("hardware", "mounts", "devices", "lvm")}
_NOTHING = ("facter", "ohai")  # known to Ansible, need programs that are not used here


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    gather = collectors(args, context)
    for name in chosen(args["gather_subset"]):
        facts.update(gather[name]())
    facts["gather_subset"] = args["gather_subset"]
    facts["module_setup"] = True
    patterns = [pattern for pattern in args["filter"] if pattern]
    return {"changed": False, "ansible_facts": kept(facts, patterns) if patterns else facts}


def chosen(subset: list[str]) -> list[str]:
    """Return the collectors that `subset` asks for, in the order in which they run.

    Raises:
        Failed: a name is unknown.

    """
    wanted: set[str] = set()
    refused: set[str] = set()
    single: set[str] = set()
    minimum = set(_MINIMUM)
    for word in subset:
        name = word.lstrip("!")
        if word.startswith("!"):
            if name == "min":
                minimum = set()
            refused.update(_MORE if name == "all" else members(name, word))
        elif name == "all":
            wanted.update(_MORE)
        else:
            single.update(members(name, word))
    if all(word.startswith("!") for word in subset):
        wanted.update(_MORE)
    keep = (wanted - refused) | single | (minimum - refused)
    return [name for name in (*_MINIMUM, *_MORE) if name in keep]


def members(name: str, word: str) -> set[str]:
    """Return the collectors behind one name of gather_subset."""
    if name == "min":
        return set(_MINIMUM)
    if name in _NOTHING:
        return set()
    if name in _GROUPS:
        return set(_GROUPS[name])
    known = dict(_MINIMUM, **_MORE)
    for collector, facts in known.items():
        if name == collector or name in facts.split():
            return {collector}
    options = sorted({"all", "min", *_NOTHING, *known, *" ".join(known.values()).split()})
    raise Failed(
        "Bad subset '%s' given to setup. gather_subset options allowed: %s" % (word, ", ".join(options))
    )


def kept(facts: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """Return the facts whose name, with or without ``ansible_``, matches one of the shell patterns."""
    from fnmatch import fnmatchcase

    return {
        name: value
        for name, value in facts.items()
        if any(fnmatchcase(name, pattern) or fnmatchcase("ansible_" + name, pattern) for pattern in patterns)
    }


def collectors(args: dict[str, Any], context: Context) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return {collector: function that gathers its facts}."""
    seconds = args["gather_timeout"]
    return {
        "platform": facts_platform.linux,
        "distribution": distribution,
        "date_time": lambda: facts_system.date_time(time.time()),
        "env": lambda: {"env": dict(os.environ)},
        "user": facts_system.user,
        "python": facts_platform.python,
        "service_mgr": lambda: {"service_mgr": facts_platform.service_manager()},
        "pkg_mgr": lambda: {"pkg_mgr": facts_platform.package_manager(distribution()["os_family"])},
        "systemd": lambda: facts_platform.systemd(context),
        "lsb": facts_platform.lsb,
        "selinux": facts_system.security,
        "caps": facts_system.capabilities,
        "cmdline": lambda: facts_system.command_line(read_text("/proc/cmdline")),
        "dns": lambda: facts_system.name_service(read_text("/etc/resolv.conf")),
        "local": lambda: facts_system.local(args["fact_path"], context, seconds),
        "loadavg": facts_hardware.load,
        "ssh_pub_keys": facts_system.host_keys,
        "hardware": facts_hardware.hardware,
        "mounts": lambda: facts_disks.mounts(seconds),
        "devices": facts_disks.devices,
        "lvm": lambda: facts_disks.lvm(context),
        "network": facts_network.network,
        "virtual": facts_virtual.virtual,
    }


def distribution() -> dict[str, Any]:
    release = read_text("/etc/os-release") or read_text("/usr/lib/os-release")
    return facts_platform.distribution(release, read_text("/etc/debian_version"))
