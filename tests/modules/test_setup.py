"""setup: what its parsers make of texts, and of this machine against what the machine's own tools say."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.agents import (
    execution,
    facts_disks,
    facts_hardware,
    facts_network,
    facts_platform,
    facts_system,
    facts_virtual,
)
from officefleet.agents.kit import Context, Failed
from officefleet.modules import registry
from officefleet.modules.setup.posix import chosen

if TYPE_CHECKING:
    from pathlib import Path

TWO_SOCKETS = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)
physical id\t: 0
siblings\t: 4
cpu cores\t: 2
flags\t\t: fpu vme
processor\t: 1
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)
physical id\t: 1
siblings\t: 4
cpu cores\t: 2
flags\t\t: fpu vme
"""
RASPBERRY = """\
processor\t: 0
Features\t: fp asimd
processor\t: 1
Features\t: fp asimd
Model\t\t: Raspberry Pi 4 Model B
"""


def setup(**args: Any) -> dict[str, Any]:
    found = registry.get("ansible.builtin.setup")
    assert found is not None
    result = execution.execute("setup", found.spec.args.model_validate(args).model_dump(), Context())
    assert result["changed"] is False
    facts = result["ansible_facts"]
    assert isinstance(facts, dict)
    return facts


def test_processors_of_two_sockets_and_of_arm() -> None:
    facts = facts_hardware.processor(TWO_SOCKETS)
    assert facts["processor"][:3] == ["0", "GenuineIntel", "Intel(R) Xeon(R)"]
    assert facts["processor_count"] == 2
    assert facts["processor_cores"] == 2
    assert facts["processor_threads_per_core"] == 2
    assert facts["processor_vcpus"] == 8
    assert facts["flags"] == ["fpu", "vme"]
    facts = facts_hardware.processor(RASPBERRY)
    assert (facts["processor_count"], facts["processor_vcpus"]) == (2, 2)
    assert facts["processor"] == ["0", "1"]


def test_memory_is_in_mebibytes() -> None:
    text = "MemTotal: 4096000 kB\nMemFree: 1024000 kB\nCached: 512000 kB\nBuffers: 0 kB\nSwapTotal: 2048 kB\n"
    facts = facts_hardware.memory(text)
    assert facts["memtotal_mb"] == 4000
    assert facts["memory_mb"]["real"] == {"total": 4000, "free": 1000, "used": 3000}
    assert facts["memory_mb"]["nocache"] == {"free": 1500, "used": 2500}
    assert facts["swaptotal_mb"] == 2


@pytest.mark.parametrize(
    ("release", "debian", "expected"),
    [
        (
            'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
            "12.11",
            ("Debian", "Debian", "12.11", "12", "bookworm"),
        ),
        (
            'ID=ubuntu\nID_LIKE=debian\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n',
            "trixie/sid",
            ("Ubuntu", "Debian", "24.04", "24", "noble"),
        ),
        (
            "ID=rocky\nID_LIKE='rhel fedora'\nNAME='Rocky Linux'\nVERSION='9.5 (Blue Onyx)'\nVERSION_ID=9.5",
            "",
            ("Rocky", "RedHat", "9.5", "9", "Blue Onyx"),
        ),
        ("ID=tails\nID_LIKE=debian\nNAME=Tails\n", "", ("Tails", "Debian", "NA", "NA", "NA")),
        ("", "", ("NA", "NA", "NA", "NA", "NA")),
    ],
)
def test_distributions(release: str, debian: str, expected: tuple[str, ...]) -> None:
    facts = facts_platform.distribution(release, debian)
    names = ("", "_version", "_major_version", "_release")
    assert facts["os_family"] == expected[1]
    assert tuple(facts["distribution" + name] for name in names) == (expected[0], *expected[2:])


def test_the_full_name_is_the_canonical_one_of_the_address() -> None:
    text = "127.0.0.1 localhost\n127.0.1.1 poste3.pharmacie.lan poste3  # the counter\n"
    assert facts_platform.from_hosts(text, "poste3") == ["poste3.pharmacie.lan", "poste3"]
    assert facts_platform.from_hosts("127.0.0.1 localhost\n127.0.0.1 nas\n", "nas") == ["localhost"]
    assert facts_platform.from_hosts(text, "poste4") == []


def test_mounts_unescape_and_leave_pseudo_file_systems_out() -> None:
    text = (
        "proc /proc proc rw 0 0\n/dev/sda1 /mnt/disque\\040USB ext4 rw,noatime 0 2\n"
        "nas:/srv /srv nfs4 rw 0 0\ntmpfs /run tmpfs rw 0 0\nbroken\n"
    )
    found = facts_disks.parse_mounts(text)
    assert [(one["mount"], one["device"], one["passno"]) for one in found] == [
        ("/mnt/disque USB", "/dev/sda1", 2),
        ("/srv", "nas:/srv", 0),
    ]


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.00 Bytes"), (1023, "1023.00 Bytes"), (1024, "1.00 KB"), (256 << 30, "256.00 GB")],
)
def test_human_sizes(count: int, text: str) -> None:
    assert facts_disks.human_size(count) == text


def test_kernel_parameters() -> None:
    facts = facts_system.command_line('root=UUID=1-2 quiet console=tty0 console=ttyS0 dyndbg="a b"')
    assert facts["cmdline"]["root"] == "UUID=1-2"
    assert facts["cmdline"]["quiet"] is True
    assert facts["cmdline"]["console"] == "ttyS0"
    assert facts["proc_cmdline"]["console"] == ["tty0", "ttyS0"]


def test_name_service() -> None:
    text = "# no\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch a.lan b.lan\ndomain a.lan\n"
    text += "options ndots:2 rotate\n"
    assert facts_system.name_service(text)["dns"] == {
        "nameservers": ["192.0.2.1", "2001:db8::1"],
        "search": ["a.lan", "b.lan"],
        "options": {"ndots": "2", "rotate": True},
        "domain": "a.lan",
    }


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Virtual Machine", "Microsoft Corporation", ""), "VirtualPC"),
        (("Surface Pro 7", "Microsoft Corporation", ""), ""),
        (("VirtualBox", "innotek GmbH", "innotek GmbH"), "virtualbox"),
        (("Standard PC (Q35 + ICH9, 2009)", "QEMU", "SeaBIOS"), "kvm"),
        (("OptiPlex 3080", "Dell Inc.", "Dell Inc."), ""),
    ],
)
def test_hypervisors(names: tuple[str, str, str], kind: str) -> None:
    known = dict(zip(("product_name", "sys_vendor", "bios_vendor"), names, strict=True))
    assert facts_virtual.from_firmware(known) == kind


@given(st.integers(0, 32), st.integers(0, 2**32 - 1))
def test_an_address_lies_in_its_network(prefix: int, number: int) -> None:
    entry = facts_network.ipv4_entry(socket.inet_ntoa(struct.pack("!I", number)), prefix, "")
    network = struct.unpack("!I", socket.inet_aton(entry["network"]))[0]
    mask = struct.unpack("!I", socket.inet_aton(entry["netmask"]))[0]
    assert number & mask == network
    assert mask.bit_count() == prefix
    assert entry["prefix"] == str(prefix)


@given(st.binary(max_size=200))
def test_netlink_answers_that_are_damaged_end_the_parsing(data: bytes) -> None:
    for _kind, payload in facts_network.messages(data):
        assert len(payload) <= len(data) - 16
        assert all(len(value) < len(payload) for value in facts_network.attributes_of(payload).values())


@pytest.mark.parametrize(
    ("subset", "inside", "outside"),
    [
        (["all"], {"network", "platform", "devices", "local"}, set()),
        (["!all"], {"platform", "local"}, {"network", "hardware", "virtual", "mounts"}),
        (["!all", "!min"], set(), {"platform", "network"}),
        (["!all", "!min", "network"], {"network"}, {"platform", "hardware"}),
        (["network"], {"network", "platform"}, {"hardware"}),
        (["!hardware"], {"network", "platform"}, {"hardware", "mounts", "devices", "lvm"}),
        (["all", "!network"], {"hardware"}, {"network"}),
        (["!all", "default_ipv4"], {"network"}, {"hardware"}),
        (["!all", "!min", "os_family"], {"distribution"}, {"platform"}),
    ],
)
def test_subsets(subset: list[str], inside: set[str], outside: set[str]) -> None:
    found = set(chosen(subset))
    assert inside <= found
    assert not outside & found


def test_a_subset_that_does_not_exist() -> None:
    with pytest.raises(Failed, match="Bad subset 'reseau'"):
        setup(gather_subset="reseau")


def test_filters_take_names_with_and_without_prefix() -> None:
    assert set(setup(filter="ansible_memt*,hostname")) == {"memtotal_mb", "hostname"}
    assert setup(filter=["nothing_like_it"]) == {}


def test_local_facts_are_json_ini_or_programs(tmp_path: Path) -> None:
    (tmp_path / "poste.fact").write_text('{"number": 3}')
    (tmp_path / "lgo.fact").write_text("[client]\nVersion = 12\n")
    (tmp_path / "bad.fact").write_text("neither")
    (tmp_path / "ignored.txt").write_text("{}")
    for name, text in (("run", "echo '[1, 2]'"), ("wrong", "echo no >&2; exit 3")):
        script = tmp_path / f"{name}.fact"
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
    local = setup(gather_subset=["!all", "!min", "local"], fact_path=str(tmp_path))["local"]
    assert local["poste"] == {"number": 3}
    assert local["lgo"] == {"client": {"version": "12"}}
    assert local["run"] == [1, 2]
    assert "neither JSON nor INI" in local["bad"]
    assert "rc: 3" in local["wrong"]
    assert "ignored" not in local


def test_this_machine() -> None:
    facts = setup()
    assert facts["kernel"] == os.uname().release
    assert facts["nodename"] == socket.gethostname()
    assert facts["processor_nproc"] == len(os.sched_getaffinity(0))
    assert facts["user_uid"] == os.geteuid()
    assert facts["python_version"] == sys.version.split()[0]
    assert abs(int(facts["date_time"]["epoch"]) - time.time()) < 60
    assert facts["lo"]["ipv4"]["address"] == "127.0.0.1"
    assert facts["lo"]["type"] == "loopback"
    assert "lo" in facts["interfaces"]
    root = next((mount for mount in facts["mounts"] if mount["mount"] == "/"), None)
    if root is not None:
        assert root["size_total"] == os.statvfs("/").f_frsize * os.statvfs("/").f_blocks
    json.dumps(facts)


def test_addresses_are_those_that_iproute_shows() -> None:
    try:
        shown = subprocess.run(["ip", "-j", "addr"], capture_output=True, check=True, text=True).stdout
    except FileNotFoundError:
        pytest.skip("iproute2 is not installed")
    facts = setup(gather_subset=["!all", "!min", "network"])
    for interface in json.loads(shown):
        found = facts[interface["ifname"].replace("-", "_")]
        assert found["mtu"] == interface["mtu"]
        four = ([found["ipv4"]] if "ipv4" in found else []) + found.get("ipv4_secondaries", [])
        for family, entries in (("inet", four), ("inet6", found.get("ipv6", []))):
            expected = {
                (one["local"], str(one["prefixlen"]))
                for one in interface["addr_info"]
                if one["family"] == family
            }
            assert {(one["address"], one["prefix"]) for one in entries} == expected
