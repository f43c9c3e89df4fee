"""A disk is pulled out of a running machine under load; work goes on, a new disk is taken in, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from officefleet.lab.vm import Hardware, Machine, probe_accelerator

pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="builds a Debian tree"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU"),
    pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="no mmdebstrap"),
]
ROOT = Path(__file__).parents[3]
PACKAGES = "linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,dbus,openssh-server,python3,mdadm,iproute2,sudo"
PACKAGES += ",python3-apt,e2fsprogs,util-linux,bsdutils,kmod"
LOAD = """
import hashlib, json, os, time
place = "/srv/officine/data"
os.makedirs(place, exist_ok=True)
number = 0
with open("/root/written", "a") as log:
    while not os.path.exists("/root/stop"):
        block = os.urandom(65536)
        path = f"{place}/{number:06}"
        with open(path, "wb") as file:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
        log.write(json.dumps([path, hashlib.sha256(block).hexdigest()]) + "\\n")
        log.flush()
        os.fsync(log.fileno())
        number += 1
        time.sleep(0.02)
"""


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


def build(folder, key):
    """Build a small Debian with mdadm; return its disk, kernel, initramfs and host key."""
    tree = folder / "tree"
    options = ["--variant=minbase", "--mode=root", '--aptopt=APT::Install-Recommends "false"']
    options += ["--dpkgopt=path-exclude=/usr/share/doc/*", f"--include={PACKAGES}"]
    subprocess.run(["mmdebstrap", "-q", *options, "bookworm", tree], check=True)
    ssh = tree / "root/.ssh"
    ssh.mkdir(mode=0o700, exist_ok=True)
    (ssh / "authorized_keys").write_text(key + "\n")
    (tree / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
    (tree / "etc/hostname").write_text("o0421-nas-1\n")
    (tree / "etc/systemd/network/20.network").write_text("[Match]\nName=e*\n[Network]\nDHCP=yes\n")
    for unit in ("systemd-networkd", "ssh"):
        subprocess.run(["systemctl", f"--root={tree}", "-q", "enable", unit], check=True)
    boot = tree / "boot"
    kernel = shutil.copy(next(boot.glob("vmlinuz-*")), folder / "vmlinuz")
    initrd = next(boot.glob("initrd.img-*")).read_bytes()
    host = (tree / "etc/ssh/ssh_host_ed25519_key.pub").read_text().rsplit(" ", 1)[0]
    disk = folder / "system.img"
    with disk.open("wb") as file:
        file.truncate(2 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", tree, disk], check=True)
    shutil.rmtree(tree)
    return disk, Path(kernel), initrd, host


def blank(path, megabytes=192):
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    return path


def wait_for(look, seconds=240):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(1)  # between two looks
    raise AssertionError("it did not come")


def push(machine, folder, devices):
    """Apply the shipped playbook to the machine."""
    inventory = folder / "hosts.ini"
    inventory.write_text(
        f"[nas]\nvm ansible_host=127.0.0.1 ansible_port={machine.port} ansible_user=root\n"
        f"[nas:vars]\nmirror_update_cache=false\nmirror_devices={json.dumps(devices)}\n"
    )
    known = folder / "known"
    known.write_text(f"[127.0.0.1]:{machine.port} {machine.known_host}\n")
    environment = {
        **os.environ,
        "OFFICEFLEET_PRIVATE_KEY": str(machine.identity),
        "OFFICEFLEET_KNOWN_HOSTS": str(known),
        "OFFICEFLEET_LEDGER": str(folder / "ledger.sqlite"),
        "COLUMNS": "160",
    }
    command = [sys.executable, "-c", "from officefleet.cli.app import main; main()", "run"]
    return subprocess.run(
        [*command, ROOT / "playbooks/mirror.yml", "-i", inventory],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip


def test_a_disk_is_pulled_under_load(tmp_path):
    key = make_key(tmp_path / "controller")
    disk, kernel, initrd, host = build(tmp_path, key)
    hardware = Hardware(
        disk=disk,
        disks=(blank(tmp_path / "a.img"), blank(tmp_path / "b.img")),
        kernel=kernel,
        initrd=(initrd,),
        append="root=/dev/vda rw console=ttyS0 quiet panic=-1",
        accelerator=probe_accelerator(),
    )
    with Machine(hardware, tmp_path / "controller", host) as machine:
        machine.wait_for_ssh(420)

        def said(command):
            return machine.ssh(command).stdout.decode()

        def status():
            return json.loads(said("officine-mirror status officine") or "{}")

        pushed = push(machine, tmp_path, ["/dev/sda", "/dev/sdb"])
        assert pushed.returncode == 0, pushed.stdout + pushed.stderr
        again = push(machine, tmp_path, ["/dev/sda", "/dev/sdb"])
        assert "0 changes" in again.stdout, again.stdout + again.stderr
        assert status()["disks"] == 2
        wait_for(lambda: status()["working"] == 2)

        machine.ssh("cat > /root/load.py", text=LOAD.encode())
        machine.ssh("systemd-run --unit=load python3 /root/load.py")
        count = lambda: int(said("wc -l < /root/written 2>/dev/null") or 0)  # noqa: E731
        wait_for(lambda: count() > 20)

        machine.pull(0)  # nobody told the system
        wait_for(lambda: status()["working"] == 1)
        at = count()
        wait_for(lambda: count() > at + 20)  # work goes on
        assert said("systemctl is-active load").strip() == "active"
        wait_for(lambda: "1 of 2 disks work" in said("journalctl -t officine-mirror --no-pager"))
        alert = json.loads(said("cat /var/lib/officine/mirror/officine.json"))
        assert alert["alert"] is True

        machine.insert(7, blank(tmp_path / "new.img"))
        wait_for(lambda: status()["working"] == 2, 420)
        assert "was taken in" in said("journalctl -t officine-mirror --no-pager")
        machine.ssh("touch /root/stop")
        wait_for(lambda: said("systemctl is-active load").strip() != "active")
        total = count()

        machine.pull(1)  # the other old disk: all that is left is what the new one was given
        wait_for(lambda: status()["working"] == 1)
        check = (
            "import json, hashlib\n"
            "rows = [json.loads(line) for line in open('/root/written')]\n"
            "open('/proc/sys/vm/drop_caches', 'w').write('3')\n"
            "bad = [path for path, want in rows if hashlib.sha256(open(path, 'rb').read()).hexdigest() != want]\n"
            "print(len(rows), len(bad))\n"
        )
        read = machine.ssh("python3 -", text=check.encode()).stdout.decode().split()
        assert read == [str(total), "0"]
        assert total > 60
