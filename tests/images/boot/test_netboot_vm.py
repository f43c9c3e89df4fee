"""Beside a box's own DHCP server, an armed machine starts into the rescue; one that is not, from its disk.

Two namespaces: `box` has a dnsmasq that gives addresses, as a provider's box does; `nas` has the bridge, the netboot
service and the machines. QEMU has no network ROM but iPXE, which is as good as what the service would load first.
So for a BIOS, the ROM's mark (DHCP option 175) is hidden from dnsmasq until it has fetched Debian's undionly.kpxe.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from officefleet.images.boot.netboot import Arming, arm, armed, prepare
from officefleet.images.boot.served import Settings
from officefleet.images.rescue.overlay import Network, make_overlay
from officefleet.lab.vm import Hardware, probe_accelerator, qemu_command

HOST, MAC, ADDRESS = "o0421-comptoir-1", "52:54:00:12:34:56", "10.77.0.50"
PREFIX, LEASE = "ofboot", "10.77.0.1"
LOOK = f"""hostname; dmesg | grep -io 'secure boot enabled'
for n in $(seq 30); do ip -o -4 addr | grep {LEASE} && break; sleep 1; done"""
# A boot sector that sends the text at 0x1b to the first serial port: cli, cld, ds = 0, lodsb, out, until a zero; hlt.
DISK_BOOTS = bytes.fromhex("fafc31c08ed8be1b7cac84c07406baf803eeebf5f4ebfd")
pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU"),
    pytest.mark.skipif(not Path("/usr/share/OVMF/OVMF_CODE_4M.ms.fd").exists(), reason="no UEFI firmware"),
    pytest.mark.skipif(
        shutil.which("dnsmasq", path=os.environ["PATH"] + ":/usr/sbin") is None, reason="no dnsmasq"
    ),
]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def remove_leftovers() -> None:
    """End what a killed run left: its namespaces bear the number of its process."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        name = line.split()[0]
        _prefix, _dash, owner = name.partition("-")
        number = owner.partition("-")[0]
        if not name.startswith(f"{PREFIX}-") or not number.isdigit():
            continue
        if int(number) != os.getpid() and not Path(f"/proc/{number}").exists():
            remove(name)


def remove(name: str) -> None:
    inside = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
    for pid in inside.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


@dataclass
class Net:
    """The two namespaces and what runs in them."""

    folder: Path
    nas: str = field(default_factory=lambda: f"{PREFIX}-{os.getpid()}-nas")
    box: str = field(default_factory=lambda: f"{PREFIX}-{os.getpid()}-box")
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def up(self) -> None:
        for name in (self.nas, self.box):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.nas, "link", "add", "br0", "type", "bridge")
        ip("-n", self.nas, "addr", "add", "10.77.0.2/24", "dev", "br0")
        ip("-n", self.nas, "link", "add", "tobox", "type", "veth", "peer", "name", "eth0", "netns", self.box)
        ip("-n", self.nas, "link", "set", "tobox", "master", "br0", "up")
        ip("-n", self.nas, "tuntap", "add", "tap0", "mode", "tap")
        ip("-n", self.nas, "link", "set", "tap0", "master", "br0", "up")
        ip("-n", self.nas, "link", "set", "br0", "up")
        ip("-n", self.box, "addr", "add", "10.77.0.1/24", "dev", "eth0")
        ip("-n", self.box, "link", "set", "eth0", "up")
        box = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=eth0"]
        box += ["--bind-interfaces", "--dhcp-range=10.77.0.100,10.77.0.199,1h", "--pid-file=", "--user=root"]
        box += [f"--dhcp-leasefile={self.folder / 'leases'}", f"--log-facility={self.folder / 'box.log'}"]
        self.start(self.box, box, "box")

    def down(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        remove(self.nas)
        remove(self.box)

    def start(self, where: str, command: list, name: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        with (self.folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", where, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=environment,
            )  # fmt: skip
        self.running.append(process)
        return process

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.out").read_text(errors="replace")

    def ssh(self, key: Path, known_host: str, command: str) -> str | None:
        known = self.folder / "known_hosts"
        known.write_text(f"{ADDRESS} {known_host}\n")
        arguments = ["ssh", "-q", "-F", "none", "-i", key, "-o", "BatchMode=yes", "-o", "ConnectTimeout=3"]
        arguments += ["-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={known}"]
        done = subprocess.run(
            ["ip", "netns", "exec", self.nas, *arguments, f"root@{ADDRESS}", command],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return done.stdout if done.returncode == 0 else None


@pytest.fixture
def net(tmp_path):
    remove_leftovers()
    made = Net(tmp_path)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def served_folder(full_rescue, tmp_path) -> Path:
    return prepare(tmp_path / "netboot", full_rescue, Settings("br0", "10.77.0.2", 24))


def start_service(net: Net, folder: Path) -> subprocess.Popen[bytes]:
    service = net.start(net.nas, ["/usr/bin/python3", "-I", folder / "netbootd.pyz", folder], "service")
    wait_for(lambda: "netboot ready" in net.said("service"), 30, lambda: net.said("service"))
    return service


def start_machine(net: Net, firmware: str, *, rom: bool = False) -> Path:
    """Start a machine whose network comes first, and whose disk says BOOTED-FROM-DISK; return its folder."""
    folder = net.folder / "machine"
    folder.mkdir()
    disk = folder / "disk"
    text = b"BOOTED-FROM-DISK\r\n\0"
    sector = DISK_BOOTS.ljust(0x1B, b"\x90") + text
    disk.write_bytes((sector.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))
    hardware = Hardware(disk=disk, firmware=firmware, accelerator=probe_accelerator())
    card = f"virtio-net-pci,netdev=n,mac={MAC},bootindex=0" + ("" if rom else ",romfile=")
    command = qemu_command(hardware, folder, netdev="tap,id=n,ifname=tap0,script=no,downscript=no", card=card)
    net.start(net.nas, command, "qemu")
    return folder


def console(machine: Path) -> str:
    serial = machine / "serial"
    return serial.read_text(errors="replace") if serial.exists() else ""


def wait_for(ready, seconds: float, explain):
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, explain()[-3000:]
        time.sleep(0.3)
    return found


def arm_it(folder: Path, public: str, loader: str) -> str:
    network = Network(ADDRESS, 24, gateway="10.77.0.1", mac=MAC)
    overlay = make_overlay(HOST, public, network=network)
    arm(
        folder,
        Arming(
            host=HOST,
            mac=MAC,
            overlay=overlay,
            expires=int(time.time()) + 600,
            loader=loader,
            address=ADDRESS,
        ),
    )
    return overlay.known_host


@pytest.mark.parametrize(
    ("firmware", "loader", "shown"),
    [
        ("bios", "shim", "GET /overlay/"),
        ("uefi", "ipxe", "snponly.efi to"),
        ("uefi", "shim", "grubx64.efi to"),
        ("secure-boot", "shim", "shimx64.efi to"),
    ],
)
def test_an_armed_machine_starts_the_rescue(
    net, served_folder, controller_key, firmware, loader, shown
) -> None:
    private, public = controller_key
    service = start_service(net, served_folder)
    known_host = arm_it(served_folder, public, loader)
    machine = start_machine(net, firmware, rom=firmware == "bios")
    seen = wait_for(
        lambda: net.ssh(private, known_host, LOOK),
        240,
        lambda: net.said("service") + console(machine),
    )
    assert seen.startswith(f"{HOST}\n")
    assert ("Secure boot enabled" in seen) == (firmware == "secure-boot")
    assert LEASE in seen  # the box's own lease, too
    assert shown in net.said("service")
    assert armed(served_folder) == ()  # once
    assert service.poll() is None
    assert (
        net.said("service").count("started, version") >= 4
    )  # two at first; one again when armed, and when used up


def test_debians_ipxe_takes_over_from_a_bios(net, served_folder, controller_key) -> None:
    """What a card's own PXE ROM does first: ask the proxy, fetch undionly.kpxe by TFTP, run it."""
    private, public = controller_key
    program = served_folder / "netbootd.pyz"
    patched = net.folder / "patched.py"
    # The service's own code, but that dnsmasq learns of option 175 only once undionly.kpxe was sent.
    patched.write_text(
        f"import sys; sys.path.insert(0, {str(program)!r})\n"
        "from officefleet.images.boot import netbootd, served\n"
        "whole, hosts, sent = served.dhcp_conf, served.dnsmasq_hosts, []\n"
        "hidden = 'dhcp-match=set:ipxe,175\\n'\n"
        "netbootd.dhcp_conf = lambda *given: whole(*given).replace(hidden, '')\n"
        "netbootd.dnsmasq_hosts = lambda armed: ''.join(\n"
        "    line.replace('set:armed', 'set:armed,set:ipxe' if sent else 'set:armed') + '\\n'\n"
        "    for line in hosts(armed).splitlines())\n"
        "def log(text):\n"
        "    netbootd.say(text)\n"
        "    if 'undionly.kpxe to' in text: sent.append(text)\n"
        "netbootd.serve.__kwdefaults__['log'] = log\n"
        f"sys.exit(netbootd.main([{str(served_folder)!r}]))\n"
    )
    net.start(net.nas, ["/usr/bin/python3", "-I", patched], "service")
    wait_for(lambda: "netboot ready" in net.said("service"), 30, lambda: net.said("service"))
    known_host = arm_it(served_folder, public, "shim")
    start_machine(net, "bios", rom=True)
    seen = wait_for(lambda: net.ssh(private, known_host, "hostname"), 240, lambda: net.said("service"))
    assert seen == f"{HOST}\n"
    said = net.said("service")
    assert said.index("undionly.kpxe to") < said.index("GET /boot.ipxe")


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_another_machine_is_not_answered(net, served_folder, controller_key, firmware) -> None:
    start_service(net, served_folder)
    overlay = make_overlay("o0421-comptoir-2", controller_key[1])
    other = Arming(
        host="o0421-comptoir-2", mac="52:54:00:00:00:99", overlay=overlay, expires=int(time.time()) + 600,
        loader="ipxe",
    )  # fmt: skip
    arm(served_folder, other)
    machine = start_machine(net, firmware, rom=firmware == "bios")
    # OVMF tries IPv6 and HTTP for minutes before the disk: that it has given up PXE is what is waited for.
    wanted = "BOOTED-FROM-DISK" if firmware == "bios" else "PXE-E16: No valid offer received"
    wait_for(lambda: wanted in console(machine), 180, lambda: console(machine))
    assert MAC in (net.folder / "box.log").read_text()  # it was on the network, and had an address
    said = net.said("service")
    assert "GET" not in said
    assert " sent " not in said
    assert len(armed(served_folder)) == 1
