"""A dead poste comes back, in a real machine: rescue, restore, identity, Secure Boot's loaders, ssh."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

from officefleet.images import builder
from officefleet.images.identity import Identity
from officefleet.images.rescue.builder import build_rescue
from officefleet.images.rescue.overlay import make_overlay
from officefleet.images.server import serving
from officefleet.lab.vm import Hardware, Machine, probe_accelerator

pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="builds Debian trees"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU"),
    pytest.mark.skipif(not Path("/usr/share/OVMF/OVMF_CODE_4M.fd").exists(), reason="no UEFI firmware"),
]
RECIPE = """
name: poste
system: linux
debian:
  packages: [linux-image-cloud-amd64, initramfs-tools, systemd-sysv, udev, dbus, openssh-server, iproute2,
    e2fsprogs, zstd, shim-signed, grub-efi-amd64-signed]
  overlay: files
  run: [systemctl enable systemd-networkd ssh]
layout:
  size: 2G
  partitions:
    - {name: esp, kind: esp, size: 64M}
    - {name: root, kind: root, size: 1500M}
    - {name: data, kind: data}
preserved: [data]
"""
NETWORK = "[Match]\nName=e*\n[Network]\nDHCP=yes\n"


def make_key(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


def test_a_dead_poste_comes_back(world, tmp_path) -> None:
    controller_key = make_key(tmp_path / "controller")
    home = tmp_path / "files/root/.ssh"
    home.mkdir(parents=True)
    for folder in (home.parent, home):
        folder.chmod(0o700)
    (home / "authorized_keys").write_text(controller_key + "\n")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    builder.build(
        tmp_path / "recipe.yaml",
        builder.Workshop(
            store=world.store, signer=world.signer, keys=world.keys, read=world.read, work=tmp_path
        ),
    )
    rescue = build_rescue(tmp_path / "rescue", kernel_package="linux-image-cloud-amd64")
    overlay = make_overlay("POSTE-03", controller_key)
    public = make_key(tmp_path / "host")
    identity = Identity(
        "POSTE-03",
        secrets.token_hex(16),
        (tmp_path / "host").read_bytes(),
        public,
        {"20-lan.network": NETWORK},
    )
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.truncate(3 << 30)
    accelerator = probe_accelerator()
    in_rescue = Hardware(
        disk=disk,
        kernel=rescue.kernel,
        initrd=(overlay.initrd, rescue.initrd.read_bytes()),
        accelerator=accelerator,
    )
    installed = Hardware(disk=disk, firmware="uefi", accelerator=accelerator)

    def rebuild(url: str, *options: str) -> dict:
        with Machine(in_rescue, tmp_path / "controller", overlay.known_host) as machine:
            machine.wait_for_ssh(300)
            trusted = world.trust_file.read_bytes()
            assert machine.ssh("cat > /run/trust.json", text=trusted).returncode == 0
            arguments = f"--store {url} --image poste --trust /run/trust.json --target /dev/vda"
            done = machine.ssh(
                " ".join(["officefleet-restore", arguments, "--identity - --root-partition 2", *options]),
                text=identity.to_json().encode(),
            )
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            assert machine.ssh("sync").returncode == 0
        return json.loads(done.stdout.splitlines()[-1])

    def check(command: str) -> str:
        with Machine(installed, tmp_path / "controller", public) as machine:
            machine.wait_for_ssh(300)
            seen = machine.ssh(
                f"hostname; cat /etc/machine-id; [ -d /sys/firmware/efi ] && echo UEFI; {command}; sync"
            )
        return seen.stdout.decode()

    with serving(world.store.root) as server:
        url = server.url.replace("127.0.0.1", "10.0.2.2")
        blank = rebuild(url, "--initialise-preserved")
        shown = check("echo mine > /srv/data/file")
        assert shown.splitlines()[:3] == ["POSTE-03", identity.machine_id, "UEFI"]
        with disk.open("r+b") as file:
            for at in (100 << 20, 300 << 20, 700 << 20):
                file.seek(at)
                file.write(os.urandom(8 << 20))
        drifted = rebuild(url)
        assert drifted["fetched"] < blank["fetched"] / 2
        assert drifted["unproven"] == []
        assert check("cat /srv/data/file").splitlines()[-1] == "mine"
