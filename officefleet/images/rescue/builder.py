"""The rescue kernel and initramfs, made from Debian packages and the restore program."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from officefleet.errors import ImageError
from officefleet.i18n import _
from officefleet.images.shipping import build_zipapp
from officefleet.images.tools import run_tool

_HERE = Path(__file__).parent
_PACKAGES = (
    "busybox,dropbear-bin,kmod,iproute2,util-linux,mount,python3-minimal,python3,python3-zstandard,python3-nacl,"
    "python3-hivex,wimtools,ntfs-3g,fdisk,e2fsprogs,dosfstools,efibootmgr,smartmontools,findutils,initramfs-tools"
)
# Disks, USB and wired network of ordinary office machines, and of QEMU; the rest of the kernel's modules stays out.
_MODULES = (
    "kernel/drivers/ata",
    "kernel/drivers/nvme",
    "kernel/drivers/scsi",
    "kernel/drivers/mmc",
    "kernel/drivers/usb/host",
    "kernel/drivers/usb/storage",
    "kernel/drivers/usb/common",
    "kernel/drivers/usb/core",
    "kernel/drivers/virtio",
    "kernel/drivers/block",
    "kernel/drivers/char/hw_random",
    "kernel/drivers/net/ethernet/intel",
    "kernel/drivers/net/ethernet/realtek",
    "kernel/drivers/net/ethernet/broadcom",
    "kernel/drivers/net/ethernet/atheros",
    "kernel/drivers/net/ethernet/aquantia",
    "kernel/drivers/net/ethernet/marvell",
    "kernel/drivers/net/phy",
    "kernel/drivers/net/mdio",
    "kernel/drivers/net/usb",
    "kernel/drivers/net/virtio_net.ko",
    "kernel/net/core",
    "kernel/fs/ext4",
    "kernel/fs/jbd2",
    "kernel/fs/fat",
    "kernel/fs/nls",
    "kernel/fs/fuse",
    "kernel/fs/mbcache.ko",
    "kernel/lib",
    "kernel/crypto",
    "kernel/arch/x86/crypto",
)
_REMOVED = (
    "boot", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "usr/share/doc", "usr/share/man",
    "usr/share/locale", "usr/share/info", "usr/share/zoneinfo", "usr/share/bash-completion",
    "usr/share/perl", "usr/share/perl5", "usr/share/initramfs-tools", "usr/lib/x86_64-linux-gnu/perl",
    "usr/lib/x86_64-linux-gnu/perl-base", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/apt", "usr/lib/udev/hwdb.d",
    "usr/lib/python3.11/test", "usr/lib/python3.11/idlelib", "usr/lib/python3.11/lib2to3",
    "usr/lib/python3.11/ensurepip", "usr/lib/python3.11/distutils", "usr/lib/firmware",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rescue:
    """The two files that every boot loader needs."""

    kernel: Path
    initrd: Path


def build_rescue(folder: Path, *, kernel_package: str = "linux-image-amd64", mirror: str = "") -> Rescue:
    """Build the rescue environment.

    Args:
        folder: where ``vmlinuz`` and ``rescue.cpio.zst`` go.
        kernel_package: ``linux-image-amd64`` for real machines; the cloud kernel knows virtual ones only.
        mirror: of Debian; the machine's own by default.

    Raises:
        ImageError: not root, a program is missing or fails, or the kernel is not there.

    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="officefleet-rescue-", dir=folder) as work:
        tree = Path(work) / "tree"
        command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--format=directory", "--quiet"]
        command += ["--aptopt=APT::Install-Recommends false", f"--include={_PACKAGES},{kernel_package}"]
        command += ["--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*"]
        run_tool([*command, "bookworm", str(tree), *([mirror] if mirror else [])])
        kernel = folder / "vmlinuz"
        version = _kernel_version(tree)
        shutil.copyfile(tree / f"boot/vmlinuz-{version}", kernel)
        _trim_modules(tree, version)
        _install(tree)
        initrd = folder / "rescue.cpio.zst"
        _pack(tree, initrd)
    return Rescue(kernel, initrd)


def _kernel_version(tree: Path) -> str:
    names = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    if not names:
        raise ImageError(_("The rescue environment has no kernel."))
    return max(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def _trim_modules(tree: Path, version: str) -> None:
    """Keep the modules in `_MODULES` and all that they depend on."""
    root = tree / "lib/modules" / version
    depends = {}
    for line in (root / "modules.dep").read_text().splitlines():
        name, _colon, needs = line.partition(":")
        depends[name] = needs.split()
    kept = {name for name in depends if any(name == one or name.startswith(f"{one}/") for one in _MODULES)}
    kept |= {need for name in kept for need in depends[name]}
    for name in depends.keys() - kept:
        (root / name).unlink()
    run_tool(["chroot", str(tree), "depmod", version])


def _install(tree: Path) -> None:
    program = tree / "usr/local/bin/officefleet-restore"
    program.write_bytes(build_zipapp())
    program.chmod(0o755)
    for name, place in (("init", "init"), ("udhcpc.sh", "etc/udhcpc.sh")):
        (tree / place).write_bytes((_HERE / name).read_bytes())
        (tree / place).chmod(0o755)
    (tree / "etc/dropbear").mkdir(exist_ok=True)
    run_tool(
        ["chroot", str(tree), "python3", "-m", "compileall", "-q", "/usr/lib/python3.11"], accepted=(0, 1)
    )
    for name in _REMOVED:
        shutil.rmtree(tree / name, ignore_errors=True)
    for path in (tree / "etc").glob("*-"):
        path.unlink()
    for secret in ("etc/ssh", "etc/machine-id"):
        path = tree / secret
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _pack(tree: Path, initrd: Path) -> None:
    script = 'cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet | zstd -q -9 -f -T0 -o "$2"'
    run_tool(["bash", "-o", "pipefail", "-c", script, "bash", str(tree), str(initrd)])
