"""What setup tells of a Windows host: CIM's and the registry's values under Ansible's names."""

from __future__ import annotations

import fnmatch
from typing import Any

from officefleet.agents.kit import Failed

_MEGA = 1024 * 1024
_ROLES = {0: "Stand-alone workstation", 1: "Member workstation", 2: "Stand-alone server", 3: "Member server",
          4: "Backup domain controller", 5: "Primary domain controller"}  # fmt: skip
_PRODUCTS = {1: "workstation", 2: "domain_controller", 3: "server"}
_GUESTS = (("VMware", "VMware"), ("VirtualBox", "VirtualBox"), ("Virtual Machine", "Hyper-V"), ("KVM", "kvm"),
           ("QEMU", "kvm"), ("HVM domU", "xen"))  # fmt: skip
_SUBSETS = frozenset({"all", "min", "hardware", "network", "virtual", "facter", "ohai", "all_ipv4_addresses",
    "all_ipv6_addresses", "bios", "date_time", "distribution", "env", "interfaces", "memory", "platform",
    "powershell_version", "processor", "uptime", "user", "windows_domain", "winrm", "local"})  # fmt: skip
_NETWORK = ("interfaces", "ip_addresses")
_HARDWARE = ("processor", "processor_cores", "processor_count", "processor_threads_per_core", "processor_vcpus",
             "memtotal_mb", "memfree_mb", "swaptotal_mb", "pagefiletotal_mb", "pagefilefree_mb", "bios_date",
             "bios_version", "product_name", "product_serial", "system_vendor")  # fmt: skip
_VIRTUAL = ("virtualization_role", "virtualization_type")


def plan(_state: dict[str, Any], _args: dict[str, Any]) -> list[dict[str, Any]]:
    return []


def result(state: dict[str, Any], args: dict[str, Any], _changes: list[dict[str, Any]]) -> dict[str, Any]:
    facts = {**_system(state), **_hardware(state), **_network(state), **_virtual(state)}
    for name in _left_out(args["gather_subset"]):
        facts.pop(name, None)
    facts["gather_subset"] = args["gather_subset"]
    facts["module_setup"] = True
    patterns = [one for one in args["filter"] if one]
    if patterns:
        facts = {name: value for name, value in facts.items() if _kept(name, patterns)}
    return {"ansible_facts": facts}


def _kept(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, one) or fnmatch.fnmatch("ansible_" + name, one) for one in patterns)


def _left_out(subset: list[str]) -> list[str]:
    """Return the names of the facts that `gather_subset` does not ask for.

    Raises:
        Failed: a name is unknown.

    """
    groups = {"hardware": _HARDWARE, "network": _NETWORK, "virtual": _VIRTUAL}
    for word in subset:
        if word.lstrip("!") not in _SUBSETS:
            raise Failed(
                "Bad subset '%s' given to Ansible. gather_subset options allowed: %s"
                % (word, ", ".join(sorted(_SUBSETS)))
            )
    if "all" in subset or all(word.startswith("!") for word in subset):
        gone = set(groups) if "!all" in subset else {word[1:] for word in subset if word.startswith("!")}
    else:
        gone = set(groups) - set(subset)
    return [name for group in sorted(gone & set(groups)) for name in groups[group]]


def _system(state: dict[str, Any]) -> dict[str, Any]:
    system, computer, user = state["os"], state["computer"], state["user"]
    bits = "64-bit" if system["bits"] == 64 else "32-bit"  # noqa: PLR2004  as it says
    name = computer["name"]
    domain = computer["domain"] if computer["member"] else ""
    version = "%s.%d" % (system["version"], system["revision"])
    return {
        "architecture": bits,
        "architecture2": {"AMD64": "x86_64", "x86": "i386", "ARM64": "arm64"}.get(
            system["machine"], system["machine"]
        ),
        "date_time": state["clock"],
        "distribution": system["caption"],
        "distribution_major_version": system["version"].partition(".")[0],
        "distribution_version": version,
        "domain": domain,
        "env": state["environment"],
        "fqdn": "%s.%s" % (name, domain) if domain else name,
        "hostname": name.upper(),
        "kernel": version,
        "lastboot": system["last_boot"],
        "uptime_seconds": system["uptime"],
        "machine_id": computer["sid"],
        "netbios_name": computer["netbios"],
        "nodename": name,
        "os_edition": system["edition"],
        "os_family": "Windows",
        "os_installation_type": system["installation"],
        "os_name": system["caption"],
        "os_product_type": _PRODUCTS.get(system["product_type"], "unknown"),
        "owner_name": system["owner"],
        "powershell_version": state["powershell"],
        "reboot_pending": state["reboot_pending"],
        "system": "Win32NT",
        "user_dir": user["folder"],
        "user_gecos": user["full_name"],
        "user_id": user["name"],
        "user_sid": user["sid"],
        "windows_domain": computer["domain"],
        "windows_domain_member": computer["member"],
        "windows_domain_role": _ROLES.get(computer["role"]),
    }


def _hardware(state: dict[str, Any]) -> dict[str, Any]:
    memory, computer, processors = state["memory"], state["computer"], state["processors"]
    words = [
        part for number, one in enumerate(processors) for part in (str(number), one["vendor"], one["name"])
    ]
    cores = sum(one["cores"] for one in processors)
    threads = sum(one["threads"] for one in processors)
    return {
        "bios_date": state["bios"]["date"],
        "bios_version": state["bios"]["version"],
        "memtotal_mb": round(memory["total"] / _MEGA),
        "memfree_mb": round(memory["free_kb"] / 1024),
        "swaptotal_mb": max(0, round((memory["virtual_kb"] - memory["visible_kb"]) / 1024)),
        "pagefiletotal_mb": round(memory["page_kb"] / 1024),
        "pagefilefree_mb": round(memory["page_free_kb"] / 1024),
        "processor": words,
        "processor_cores": processors[0]["cores"] if processors else 0,
        "processor_count": len(processors),
        "processor_threads_per_core": threads // cores if cores else 1,
        "processor_vcpus": threads,
        "product_name": computer["model"],
        "product_serial": state["bios"]["serial"],
        "system_vendor": computer["vendor"],
    }


def _network(state: dict[str, Any]) -> dict[str, Any]:
    found = state["interfaces"]
    return {
        "interfaces": [{name: value for name, value in one.items() if name != "addresses"} for one in found],
        "ip_addresses": [address for one in found for address in one["addresses"]],
    }


def _virtual(state: dict[str, Any]) -> dict[str, Any]:
    text = "%s %s" % (state["computer"]["vendor"], state["computer"]["model"])
    for word, name in _GUESTS:
        if word in text:
            return {"virtualization_role": "guest", "virtualization_type": name}
    return {"virtualization_role": "NA", "virtualization_type": "NA"}
