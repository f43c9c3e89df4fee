"""What the EFI partition holds: shim and GRUB as Debian signs them, so that Secure Boot stays on; or systemd-boot.

Both are taken from the tree, so their versions are in the bill.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import RecipeError
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

_SHIM = "usr/lib/shim/shimx64.efi.signed"
_GRUB = "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
_SYSTEMD_BOOT = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
_OPTIONS = "ro quiet console=tty0 console=ttyS0"


def install_bootloader(tree: Path, disk: Path, start: int, label: str) -> None:
    """Fill the EFI partition of a disk, in place.

    Args:
        tree: of the root file system.
        disk: the raw disk.
        start: offset of the EFI partition, bytes.
        label: of the root file system.

    Raises:
        RecipeError: the tree has no boot loader or no kernel.
        ImageError: a program fails.

    """
    version = _kernel(tree)
    image = f"{disk}@@{start}"
    run_tool(["mmd", "-D", "s", "-i", image, "::EFI", "::EFI/BOOT"], accepted=(0, 1))  # 1: they exist
    if (tree / _SHIM).is_file() and (tree / _GRUB).is_file():
        _copy(image, (tree / _SHIM).read_bytes(), "EFI/BOOT/BOOTX64.EFI")
        _copy(image, (tree / _GRUB).read_bytes(), "EFI/BOOT/grubx64.efi")
        run_tool(["mmd", "-D", "s", "-i", image, "::EFI/debian"], accepted=(0, 1))
        _copy(image, _grub_cfg(version, label), "EFI/debian/grub.cfg")
    elif (tree / _SYSTEMD_BOOT).is_file():
        run_tool(["mmd", "-D", "s", "-i", image, "::loader", "::loader/entries"], accepted=(0, 1))
        _copy(image, (tree / _SYSTEMD_BOOT).read_bytes(), "EFI/BOOT/BOOTX64.EFI")
        _copy(image, (tree / f"boot/vmlinuz-{version}").read_bytes(), "vmlinuz")
        _copy(image, (tree / f"boot/initrd.img-{version}").read_bytes(), "initrd.img")
        _copy(image, b"timeout 0\ndefault poste\n", "loader/loader.conf")
        entry = f"title poste\nlinux /vmlinuz\ninitrd /initrd.img\noptions root=LABEL={label} {_OPTIONS}\n"
        _copy(image, entry.encode(), "loader/entries/poste.conf")
    else:
        raise RecipeError(
            _("The image has an EFI partition but no boot loader."),
            hint=_("Add the packages shim-signed and grub-efi-amd64-signed, or systemd-boot-efi."),
        )


def _kernel(tree: Path) -> str:
    names = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    bootable = [name for name in names if (tree / f"boot/initrd.img-{name}").is_file()]
    if not bootable:
        raise RecipeError(
            _("The image has an EFI partition but no kernel with an initramfs."),
            hint=_("Add the packages linux-image-amd64 and initramfs-tools."),
        )
    return max(bootable, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def _grub_cfg(version: str, label: str) -> bytes:
    return (
        f"set timeout=0\nsearch --no-floppy --label {label} --set=root\n"
        f"linux /boot/vmlinuz-{version} root=LABEL={label} {_OPTIONS}\n"
        f"initrd /boot/initrd.img-{version}\nboot\n"
    ).encode()


def _copy(image: str, content: bytes, name: str) -> None:
    run_tool(["mcopy", "-D", "o", "-i", image, "-", f"::{name}"], text=content)
