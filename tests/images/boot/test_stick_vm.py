"""The rescue for real machines: what is in it, and that a stick starts it under UEFI, Secure Boot and a BIOS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from officefleet.images.boot.media import Seat, write_media
from officefleet.images.refusals import check_tree, shipped_rules
from officefleet.images.rescue.builder import Rescue, build_rescue
from officefleet.images.rescue.manifest import read_manifest
from officefleet.images.rescue.overlay import make_overlay
from officefleet.lab.vm import Hardware, probe_accelerator

HOST = "o0421-comptoir-1"
HARDWARE = yaml.safe_load(Path(__file__).with_name("hardware.yaml").read_text())
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}")
pytestmark = [
    pytest.mark.vm,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="builds Debian trees"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="no QEMU"),
    pytest.mark.skipif(not Path("/usr/share/OVMF/OVMF_CODE_4M.ms.fd").exists(), reason="no UEFI firmware"),
]


@pytest.fixture(scope="module")
def tree(full_rescue, tmp_path_factory) -> Path:
    """The initramfs, unpacked."""
    folder = tmp_path_factory.mktemp("initramfs")
    script = 'zstd -dc "$1" | (cd "$2" && cpio -i --quiet --no-absolute-filenames)'
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, "bash", full_rescue.initrd, folder],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def version(full_rescue) -> str:
    return read_manifest(full_rescue.folder, prove=False)["kernel"]


def test_the_kernel_is_debians_for_real_machines(full_rescue, version) -> None:
    manifest = read_manifest(full_rescue.folder)
    assert re.fullmatch(r"6\.\d+\.\d+-\d+-amd64", version)
    assert f"linux-image-{version}" in manifest["packages"]
    assert full_rescue.kernel.read_bytes()[:2] == b"MZ"  # an EFI program: what shim and GRUB verify


@pytest.mark.parametrize("name", HARDWARE["modules"])
def test_a_module_has_all_that_it_needs(tree, version, name) -> None:
    done = subprocess.run(
        ["chroot", tree, "modprobe", "-S", version, "--show-depends", name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        kind, path = line.split()[:2]
        assert kind == "builtin" or (tree / path.lstrip("/")).is_file(), line


@pytest.mark.parametrize("device", HARDWARE["devices"], ids=lambda one: one["name"])
def test_a_device_finds_its_driver(tree, version, device) -> None:
    done = subprocess.run(
        ["chroot", tree, "modprobe", "-S", version, "-R", device["alias"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert device["driver"] in done.stdout.split(), done.stdout + done.stderr


@pytest.mark.parametrize("name", HARDWARE["firmware"])
def test_firmware_is_there(tree, name) -> None:
    assert (tree / "usr/lib/firmware" / name).stat().st_size > 0


def test_the_rescue_holds_no_secret(tree) -> None:
    check_tree(tree, shipped_rules())
    for name in ("etc/ssh", "etc/apt", "etc/hostname", "etc/resolv.conf", "etc/machine-id", "root/.ssh"):
        assert not (tree / name).exists(), name
    assert not list((tree / "etc/dropbear").iterdir())
    for line in (tree / "etc/shadow").read_text().splitlines():
        assert line.split(":")[1] in ("*", "!", "!*"), line
    for path in tree.rglob("*"):
        # GnuTLS has the keys of its power-on self-tests in it: published, and no use.
        if path.is_file() and not path.is_symlink() and not path.name.startswith("libgnutls.so."):
            assert not PRIVATE_KEY.search(path.read_bytes()), path


def test_it_is_built_the_same_again(full_rescue, tmp_path) -> None:
    again = build_rescue(tmp_path / "again")
    one, two = (read_manifest(rescue.folder) for rescue in (full_rescue, again))
    if one["packages"] != two["packages"]:
        pytest.skip("Debian published new packages since the first build")
    assert two["files"].items() <= one["files"].items()  # the first has its loaders, too


def test_a_stick_holds_one_private_key_its_own(full_rescue, controller_key, tmp_path) -> None:
    private, public = controller_key
    seed = bytes(range(32))
    stick = tmp_path / "stick.img"
    write_media(stick, full_rescue, [Seat(HOST, make_overlay(HOST, public, seed))])
    content = stick.read_bytes()
    secret = private.read_text().splitlines()[1:-1]
    assert not any(line.encode() in content for line in secret)
    assert not PRIVATE_KEY.search(content)
    assert content.count(seed) == 1
    assert content.count(public.encode()) == 1


@pytest.mark.parametrize("firmware", ["bios", "uefi", "secure-boot"])
def test_a_stick_starts_the_rescue(full_rescue, controller_key, stick_machine, tmp_path, firmware) -> None:
    private, public = controller_key
    overlay = make_overlay(HOST, public)
    stick, disk = tmp_path / "stick.img", tmp_path / "disk"
    write_media(stick, full_rescue, [Seat(HOST, overlay)])
    with disk.open("wb") as file:
        file.truncate(64 << 20)
    hardware = Hardware(disk=disk, firmware=firmware, accelerator=probe_accelerator())
    with stick_machine(hardware, private, overlay.known_host, stick=stick) as machine:
        machine.wait_for_ssh(300)
        script = (
            "hostname; [ -d /sys/firmware/efi ] && echo UEFI; dmesg | grep -o 'Secure boot enabled';"
            "lsblk -dno NAME,TRAN; officefleet-restore --help >/dev/null && echo RESTORE; fold -w 80 /dev/vcs1"
        )
        seen = machine.ssh(script).stdout.decode("utf-8", "replace")
    lines = seen.split()
    assert lines[0] == HOST
    assert ("UEFI" in lines) == (firmware != "bios")
    assert ("Secure boot enabled" in seen) == (firmware == "secure-boot")
    assert {"sata", "nvme", "usb", "vda"} <= set(lines)
    assert "RESTORE" in lines
    assert f"officefleet : environnement de secours de {HOST}" in seen
    assert "Adresse : 10.0.2.15" in seen


def test_secure_boot_refuses_another_kernel(full_rescue, controller_key, stick_machine, tmp_path) -> None:
    private, public = controller_key
    overlay = make_overlay(HOST, public)
    folder = tmp_path / "rescue"
    shutil.copytree(full_rescue.folder, folder)
    kernel = bytearray((folder / "vmlinuz").read_bytes())
    kernel[len(kernel) // 2] ^= 1
    (folder / "vmlinuz").write_bytes(kernel)
    stick, disk = tmp_path / "stick.img", tmp_path / "disk"
    changed = Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst")
    write_media(stick, changed, [Seat(HOST, overlay)])
    disk.write_bytes(bytes(1 << 20))
    hardware = Hardware(disk=disk, firmware="secure-boot", accelerator=probe_accelerator())
    with stick_machine(hardware, private, overlay.known_host, stick=stick) as machine:
        end = time.monotonic() + 240
        while "bad shim signature" not in machine.serial:
            assert time.monotonic() < end, machine.serial[-1500:]
            time.sleep(0.5)
        assert "RESCUE-READY" not in machine.serial
