"""The shipped role puts the netboot service on a real Debian NAS, which then knows who is armed, once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from officefleet.images.boot import netboot, served
from officefleet.images.boot.netboot import Arming, arm
from officefleet.images.rescue.builder import Rescue
from officefleet.images.rescue.overlay import make_overlay

ROOT = Path(__file__).parents[3]
NAS = "o0421-nas-1"
STATE = "systemctl is-active officine-netboot; sudo cat /srv/officine/netboot/run/hosts"
pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="the lab's hosts need systemd")]


@pytest.fixture
def source(tmp_path) -> Path:
    """What `officefleet rescue prepare` makes, around a rescue in form only."""
    folder = tmp_path / "rescue"
    (folder / "loaders").mkdir(parents=True)
    for name in netboot._LOADERS.values():
        (folder / "loaders" / name).write_bytes(name.encode())
    for name in ("vmlinuz", "rescue.cpio.zst"):
        (folder / name).write_bytes(name.encode())
    return netboot.prepare(tmp_path / "netboot", Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst"))


@pytest.fixture
def office(systemd_lab, tmp_path, source):
    environment = {
        **os.environ,
        **systemd_lab.environment(),
        "OFFICEFLEET_NETBOOT": str(source),
        "OFFICEFLEET_LEDGER": str(tmp_path / "ledger.sqlite"),
        "OFFICEFLEET_LANG": "en",
    }

    def run(*words: str) -> str:
        program = "from officefleet.cli.app import main; main()"
        done = subprocess.run(
            systemd_lab.command([sys.executable, "-c", program, *words]),
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ssh(script: str) -> str:
        options = ["-F", "none", "-o", "BatchMode=yes", "-i", environment["OFFICEFLEET_PRIVATE_KEY"]]
        options += ["-o", f"UserKnownHostsFile={environment['OFFICEFLEET_KNOWN_HOSTS']}"]
        place = f"officefleet@{systemd_lab.topology.hosts[NAS].address}"
        return subprocess.run(
            systemd_lab.command(["ssh", "-q", *options, place, script]),
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
        ).stdout  # fmt: skip

    run("trust", "all", "-l", "officine_0421", "--fingerprints", str(systemd_lab.state.fingerprints))
    run.ssh = ssh
    yield run
    run("run", "playbooks/nas-netboot.yml", "-l", "officine_0421", "-e", "netboot_removed=true")


def arm_it(source: Path, host: str, mac: str) -> None:
    overlay = make_overlay(host, "ssh-ed25519 AAAA controller")
    expires = int(time.time()) + 600
    arm(source, Arming(host=host, mac=mac, overlay=overlay, expires=expires, address="10.42.21.10"))


def test_the_role_serves_who_is_armed(office, source) -> None:
    arm_it(source, "o0421-comptoir-1", "52:54:00:00:00:01")
    arm_it(source, "o0422-comptoir-1", "52:54:00:00:00:02")  # another pharmacy's
    office("run", "playbooks/nas-netboot.yml", "-l", "officine_0421")
    deadline = time.monotonic() + 30
    while "set:armed" not in (seen := office.ssh(STATE)):
        assert time.monotonic() < deadline, seen
        time.sleep(0.5)
    assert seen.split() == ["active", "52:54:00:00:00:01,set:armed,set:shim,10.42.21.10"]
    assert [one.host for one in netboot.armed(source)] == [
        "o0422-comptoir-1"
    ]  # the other one is the NAS's now
    seen = office.ssh(
        "ps -o user:20= -C dnsmasq; ls /srv/officine/netboot/armed 2>&1; ls /srv/officine/netboot/files"
    )
    assert seen.split()[0] == "officine-netboot"
    assert "Permission denied" in seen
    assert set(served.FILES) <= set(seen.split())
    again = office("run", "playbooks/nas-netboot.yml", "-l", "officine_0421")
    assert "changed=0" in again
    office.ssh("sudo sh -c 'rm /srv/officine/netboot/armed/*.json'")  # as the service does when it is used up
    office("run", "playbooks/nas-netboot.yml", "-l", "officine_0421", "-t", "arm")
    assert office.ssh("sudo ls /srv/officine/netboot/armed") == ""
