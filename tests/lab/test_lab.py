"""The lab's promises, on real hosts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from officefleet.errors import LabError
from officefleet.lab import cgroups
from officefleet.lab.lab import Lab, clear_dead
from officefleet.lab.state import LabState
from officefleet.lab.topology import choose
from officefleet.lab.wan import Wan

pytestmark = pytest.mark.lab

POSTE = "o0421-comptoir-1"
INVENTORY = Path(__file__).parents[2] / "inventory"


def ssh(lab, host, script, *, seconds=10):
    lab_known = Path(lab.state.folder / "test_known_hosts")
    address = lab.topology.hosts[host].address
    options = ("-F", "none", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={seconds}")
    trust = ("-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={lab_known}")
    command = ["ssh", *options, *trust, "-i", str(lab.state.private_key), f"officefleet@{address}", script]
    return subprocess.run(
        lab.command(command), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_each_host_is_a_debian_of_its_own(lab):
    for name, host in lab.topology.hosts.items():
        script = "hostname; hostname -I; sudo id -u; . /etc/os-release; echo $ID"

        assert ssh(lab, name, script).stdout.split() == [name, host.address, "0", "debian"]


def test_each_host_runs_systemd(systemd_lab):
    for name in systemd_lab.topology.hosts:
        assert ssh(systemd_lab, name, "systemctl is-system-running --wait").stdout.strip() == "running"


def test_hosts_reach_their_neighbours_and_not_the_world(lab):
    reach = "timeout 2 bash -c '</dev/tcp/{}/22' && echo yes || echo no"

    assert ssh(lab, POSTE, reach.format("o0421-nas-1")).stdout.strip() == "yes"
    assert (
        ssh(lab, POSTE, "ip route get 192.0.2.1 >/dev/null && " + reach.format("192.0.2.1")).stdout.strip()
        == "no"
    )


def test_packages_install_without_a_network(lab):
    script = "sudo apt-get update -qq && sudo apt-get install -qq -y hello >/dev/null && hello"

    assert ssh(lab, "o0421-nas-1", script).stdout.strip() == "Hello, world!"


def test_the_fingerprints_are_those_of_the_hosts(lab):
    listed = dict(line.split() for line in lab.state.fingerprints.read_text().splitlines())

    for host in lab.topology.hosts.values():
        scanned = subprocess.run(
            lab.command(["ssh-keyscan", "-t", "ed25519", host.address]),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        printed = subprocess.run(
            ["ssh-keygen", "-lf", "-"], input=scanned, capture_output=True, text=True, check=True
        ).stdout
        assert printed.split()[1] == listed[host.name]


def test_a_power_cut_keeps_the_disk(lab):
    assert ssh(lab, POSTE, "echo kept >~/mark; sync").returncode == 0

    lab.kill(POSTE)
    assert POSTE not in lab.status().on
    assert ssh(lab, POSTE, "true", seconds=1).returncode == 255
    lab.start(POSTE)

    assert POSTE in lab.status().on
    assert ssh(lab, POSTE, "cat ~/mark").stdout == "kept\n"


def test_a_host_reboots_itself(systemd_lab):
    lab = systemd_lab
    before = ssh(lab, POSTE, "cat /proc/sys/kernel/random/boot_id; stat -c %Z /proc/1").stdout
    ssh(lab, POSTE, "sudo systemctl reboot")

    deadline = time.monotonic() + 30
    after = before
    while after in ("", before) and time.monotonic() < deadline:
        after = ssh(lab, POSTE, "cat /proc/sys/kernel/random/boot_id; stat -c %Z /proc/1", seconds=1).stdout

    assert after not in ("", before)


@pytest.mark.skipif(not os.access("/dev/net/tun", os.R_OK | os.W_OK), reason="may not open /dev/net/tun")
def test_a_slow_link_is_slow_and_a_cut_one_silent(lab):
    site = lab.topology.sites[0].id
    assert ssh(lab, POSTE, "true").returncode == 0
    try:
        lab.wan(site, Wan(delay_ms=40))
        start = time.monotonic()
        assert ssh(lab, POSTE, "true").returncode == 0
        assert time.monotonic() - start > 5 * 0.08  # a connection takes more than five round trips
        lab.wan(site, Wan(cut=True))
        assert "timed out" in ssh(lab, POSTE, "true", seconds=1).stderr
        assert lab.status().wan[site] == Wan(cut=True)
    finally:
        lab.wan(site, Wan())
    assert ssh(lab, POSTE, "true").returncode == 0


def test_a_second_lab_of_the_same_name_is_refused_and_of_another_is_not(lab):
    topology = choose([INVENTORY], ["officine_0421"])

    with pytest.raises(LabError, match="up already"):
        Lab(lab.name, topology).up()
    with Lab(f"{lab.name}-b", topology) as other:
        assert other.status().on == lab.status().on
    assert ssh(lab, POSTE, "true").returncode == 0


def test_a_killed_owner_takes_its_lab_along():
    name = f"orphan-{os.getpid()}"
    script = (
        "import sys; from pathlib import Path; from officefleet.lab.lab import Lab\n"
        "from officefleet.lab.topology import choose\n"
        f"Lab({name!r}, choose([Path({str(INVENTORY)!r})], ['officine_0422'])).up()\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline() == "up\n"
        owner.send_signal(signal.SIGKILL)

    state = LabState(name)
    deadline = time.monotonic() + 20
    while state.lives() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not state.lives()
    assert name in clear_dead()
    assert not state.folder.exists()
    assert cgroups.remove(name)


def test_a_command_runs_inside_with_its_own_exit_code(lab, tmp_path):
    assert lab.run(["sh", "-c", f'echo "$OFFICEFLEET_LAB" >{tmp_path}/name; exit 7']) == 7
    assert (tmp_path / "name").read_text().strip() == lab.name
    with pytest.raises(LabError, match="no program"):
        lab.run(["no-such-program"])
