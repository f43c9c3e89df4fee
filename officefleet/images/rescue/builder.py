"""The rescue kernel and initramfs, made from Debian packages and the restore program."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import ImageError
from officefleet.i18n import _
from officefleet.images.refusals import check_tree, shipped_rules
from officefleet.images.rescue.kernel_parts import FIRMWARE_PACKAGES, trim_firmware, trim_modules
from officefleet.images.rescue.manifest import NAME, read_manifest, write_manifest
from officefleet.images.shipping import build_zipapp
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_KERNEL = "linux-image-amd64"
_HERE = Path(__file__).parent
_PACKAGES = (
    "busybox,dropbear-bin,kmod,iproute2,util-linux,mount,python3-minimal,python3,python3-zstandard,python3-nacl,"
    "python3-hivex,wimtools,ntfs-3g,fdisk,e2fsprogs,dosfstools,efibootmgr,smartmontools,findutils,initramfs-tools"
)
_REMOVED = (
    "boot", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "usr/share/doc", "usr/share/man",
    "usr/share/locale", "usr/share/info", "usr/share/zoneinfo", "usr/share/bash-completion",
    "usr/share/perl", "usr/share/perl5", "usr/share/initramfs-tools", "usr/lib/x86_64-linux-gnu/perl",
    "usr/lib/x86_64-linux-gnu/perl-base", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/apt", "usr/lib/udev/hwdb.d",
    "usr/lib/udev/hwdb.bin", "usr/lib/valgrind", "usr/bin/perl", "usr/bin/perl5.36.0", "usr/lib/x86_64-linux-gnu/libperl.so.5.36",
    "usr/lib/x86_64-linux-gnu/libperl.so.5.36.0", "usr/lib/x86_64-linux-gnu/libapt-pkg.so.6.0.0",
    "usr/lib/python3.11/test", "usr/lib/python3.11/idlelib", "usr/lib/python3.11/lib2to3",
    "usr/lib/python3.11/ensurepip", "usr/lib/python3.11/distutils",
    # of the machine that builds, or with a mirror's address, which may hold a password:
    "etc/apt", "etc/ssh", "etc/machine-id", "etc/resolv.conf", "etc/hostname", "var/lib/dbus", "var/lib/systemd",
)  # fmt: skip
_EPOCH = 1_704_067_200  # every file's time: two builds from the same packages are the same bytes


@dataclass(frozen=True, slots=True)
class Rescue:
    """The two files that every boot loader needs, beside their manifest."""

    kernel: Path
    initrd: Path

    @property
    def folder(self) -> Path:
        """Where they are, with ``manifest.json`` and ``loaders``."""
        return self.kernel.parent

    @property
    def manifest(self) -> Path:
        """The file that names each file's SHA-256."""
        return self.folder / NAME


def build_rescue(folder: Path, *, kernel_package: str = FULL_KERNEL, mirror: str = "") -> Rescue:
    """Build the rescue environment.

    Args:
        folder: where ``vmlinuz``, ``rescue.cpio.zst`` and ``manifest.json`` go.
        kernel_package: ``linux-image-amd64`` for real machines; the cloud kernel knows virtual ones only, and
            gets no firmware.
        mirror: of Debian; the machine's own by default. It needs non-free-firmware for real machines.

    Raises:
        ImageError: not root, a program is missing or fails, or the kernel is not there.
        RefusedContentError: something that no image may hold found its way in.

    """
    folder.mkdir(parents=True, exist_ok=True)
    firmware = FIRMWARE_PACKAGES if kernel_package == FULL_KERNEL else ()
    with tempfile.TemporaryDirectory(prefix="officefleet-rescue-", dir=folder.parent) as work:
        tree = Path(work) / "tree"
        packages = ",".join([_PACKAGES, kernel_package, *firmware])
        command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--format=directory", "--quiet"]
        command += ["--components=main,non-free-firmware" if firmware else "--components=main"]
        command += ["--aptopt=APT::Install-Recommends false", f"--include={packages}"]
        command += ["--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*"]
        run_tool(
            [*command, "bookworm", str(tree), *([mirror] if mirror else [])],
            environment={"SOURCE_DATE_EPOCH": str(_EPOCH)},
        )
        installed = dict(_installed(tree))
        version = _kernel_version(tree)
        shutil.copyfile(tree / f"boot/vmlinuz-{version}", folder / "vmlinuz")
        modules = trim_modules(tree, version)
        kept = trim_firmware(tree, version)
        _install(tree)
        check_tree(tree, shipped_rules())
        _pack(tree, folder / "rescue.cpio.zst")
    write_manifest(folder, kernel=version, modules=modules, firmware=kept, packages=installed)
    return Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst")


def open_rescue(folder: Path, *, prove: bool = True) -> Rescue:
    """Return a rescue environment that was built before.

    Args:
        folder: made by `build_rescue`.
        prove: compare every file's SHA-256 with the manifest's.

    Raises:
        RescueError: there is none, or a file is not what was built.

    """
    read_manifest(folder, prove=prove)
    return Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst")


def _installed(tree: Path) -> Iterator[tuple[str, str]]:
    shown = run_tool(
        ["dpkg-query", f"--admindir={tree / 'var/lib/dpkg'}", "-W", "-f", "${Package} ${Version}\n"]
    )
    for line in shown.decode().splitlines():
        name, _space, version = line.partition(" ")
        yield name, version


def _kernel_version(tree: Path) -> str:
    names = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    if not names:
        raise ImageError(_("The rescue environment has no kernel."))
    return max(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def _install(tree: Path) -> None:
    places = {
        "init": (_HERE / "init").read_bytes(),
        "etc/udhcpc.sh": (_HERE / "udhcpc.sh").read_bytes(),
        "usr/local/bin/officefleet-restore": (_HERE / "restore.sh").read_bytes(),
        "usr/local/lib/officefleet-restore.pyz": build_zipapp(),
    }
    for place, content in places.items():
        (tree / place).write_bytes(content)
        (tree / place).chmod(0o755)
    (tree / "etc/dropbear").mkdir(exist_ok=True)
    for name in _REMOVED:
        path = tree / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in (tree / "etc").glob("*-"):
        path.unlink()
    # "unchecked": Python neither looks at the sources' times nor compiles anything at start.
    run_tool(
        ["chroot", str(tree), "python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash",
         "/usr/lib/python3.11", "/usr/lib/python3/dist-packages"],
        accepted=(0, 1),
    )  # fmt: skip


def _pack(tree: Path, initrd: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (_EPOCH, _EPOCH), follow_symlinks=False)
    script = (
        'cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet'
        ' | zstd -q -9 -f -T0 -o "$2"'
    )
    run_tool(["bash", "-o", "pipefail", "-c", script, "bash", str(tree), str(initrd)])
