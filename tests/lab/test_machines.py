"""Postes as QEMU machines: which hosts can be one, what is done to their disks, what is left of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from officefleet.errors import LabError, SelectorError
from officefleet.lab import machines
from officefleet.lab.lab import clear_dead
from officefleet.lab.state import LabState
from officefleet.lab.topology import Topology, choose
from officefleet.lab.vm import Hardware, join_archives, qemu_command

INVENTORY = Path(__file__).parents[2] / "inventory"
POSTE, NAS = "o0421-comptoir-1", "o0421-nas-1"
needs_qemu = pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU")


def test_the_hosts_named_are_machines_with_cards_of_their_own() -> None:
    topology = choose([INVENTORY], ["officine_0421"], [POSTE], "bios")
    (site,) = topology.sites
    assert [host.name for host in site.machines] == [POSTE]
    assert topology.hosts[POSTE].firmware == "bios"
    assert topology.hosts[POSTE].mac == "52:54:00:2a:15:0a"
    assert len({host.mac for host in site.hosts}) == len(site.hosts)
    assert site.nas == NAS
    assert Topology.from_json(topology.to_json()) == topology


def test_a_group_names_machines_too() -> None:
    topology = choose([INVENTORY], ["officine_0421"], ["comptoir"])
    assert [host.name for host in topology.sites[0].machines] == [POSTE, "o0421-comptoir-2"]


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("o0421-nobody", SelectorError, "no host or group"),
        ("o0422-comptoir-1", SelectorError, "no host or group"),
        (NAS, LabError, "serves the images"),
    ],
)
def test_not_every_host_can_be_a_machine(name, error, words) -> None:
    with pytest.raises(error, match=words):
        choose([INVENTORY], ["officine_0421"], [name])


@needs_qemu
def test_the_rescue_stick_leaves_by_a_restart(tmp_path) -> None:
    common = {"netdev": "user,id=n", "card": "virtio-net-pci,netdev=n"}
    kernel = tmp_path / "vmlinuz"
    stick = Hardware(disk=tmp_path / "disk.raw", kernel=kernel, initrd=(b"one", b"four"), append="quiet")
    words = qemu_command(stick, tmp_path, **common)
    assert words[words.index("-kernel") + 1] == str(kernel)
    assert "-no-reboot" in words
    assert (tmp_path / "initrd").read_bytes() == b"one\0four"
    plain = qemu_command(Hardware(disk=tmp_path / "disk.raw", reboots=True), tmp_path, **common)
    assert "-kernel" not in plain
    assert "-no-reboot" not in plain


def test_archives_begin_where_the_kernel_looks_for_them() -> None:
    assert join_archives((b"a" * 5, b"b" * 4, b"c")) == b"a" * 5 + b"\0\0\0" + b"b" * 4 + b"c\0\0\0"


def test_a_wiped_disk_is_blank_and_an_encrypted_one_lost(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    state = LabState("try")
    disk = machines.disk_of(state, POSTE)
    disk.parent.mkdir(parents=True)
    with disk.open("wb") as file:
        file.truncate(machines.DISK_BYTES)
        file.seek(1 << 20)
        file.write(b"a pharmacy's work" * 100_000)
    before = disk.stat().st_blocks

    assert machines.encrypt(state, POSTE, everything=True) >= 1_700_000
    with disk.open("rb") as file:
        file.seek(1 << 20)
        assert b"a pharmacy's work" not in file.read(2_000_000)
    assert disk.stat().st_blocks < before * 2  # holes stay holes

    machines.wipe(state, POSTE)
    assert disk.stat().st_size == machines.DISK_BYTES
    assert disk.stat().st_blocks == 0


def test_a_container_has_no_disk_to_lose(lab) -> None:
    for action in (lab.wipe, lab.encrypt):
        with pytest.raises(LabError, match="is a container"):
            action(POSTE)
    with pytest.raises(LabError, match="is a container"):
        lab.start(POSTE, rescue=True)
    assert POSTE in lab.status().on


@pytest.mark.vm
@pytest.mark.slow
@pytest.mark.timeout(900)
@needs_qemu
@pytest.mark.skipif(os.geteuid() != 0, reason="prepares disks by mounting them")
def test_a_killed_owner_takes_its_machines_along() -> None:
    """kill -9 while a machine runs: QEMU, DHCP and image server end with the lab, its files go with the next one."""
    name = f"vm-orphan-{os.getpid()}"
    script = (
        "import sys; from pathlib import Path; from officefleet.lab.lab import Lab\n"
        "from officefleet.lab.topology import choose\n"
        f"Lab({name!r}, choose([Path({str(INVENTORY)!r})], ['officine_0421'], [{POSTE!r}])).up()\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline() == "up\n"
        assert programs(name), "no QEMU runs"
        owner.send_signal(signal.SIGKILL)
    state = LabState(name)
    deadline = time.monotonic() + 30
    while (state.lives() or programs(name)) and time.monotonic() < deadline:
        time.sleep(0.05)  # between two looks, not instead of one
    assert not programs(name)
    assert name in clear_dead()
    assert not state.folder.exists()


def programs(name: str) -> list[str]:
    """Return the command lines of QEMU machines of a lab."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "qemu-system" in line and f"/lab/{name}/" in line:
            found.append(line)
    return found
