"""The boot loaders as Debian ships and signs them, beside a built rescue: shim, GRUB, iPXE, and GRUB for a BIOS.

Packages are unpacked, not installed, and apt checks their signatures; so any machine with mmdebstrap can write
sticks, whatever boots it itself.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from officefleet.i18n import _
from officefleet.images.rescue.faults import RescueError
from officefleet.images.tools import run_tool

FOLDER = "loaders"
_PACKAGES = "shim-signed,grub-efi-amd64-signed,grub-pc-bin,grub-common,ipxe"
_FILES = {
    "shimx64.efi": "usr/lib/shim/shimx64.efi.signed",
    "mmx64.efi": "usr/lib/shim/mmx64.efi.signed",
    "grubx64.efi": "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    "grubnetx64.efi": "usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed",
    "undionly.kpxe": "usr/lib/ipxe/undionly.kpxe",
    "ipxe.efi": "usr/lib/ipxe/ipxe.efi",
    "snponly.efi": "usr/lib/ipxe/snponly.efi",
    "bios-boot.img": "usr/lib/grub/i386-pc/boot.img",
}
BIOS_CORE = "bios-core.img"
# What GRUB for a BIOS needs to find the stick and start Linux; the signed one has it all built in.
_BIOS_MODULES = (
    "biosdisk part_gpt part_msdos fat normal configfile linux search search_fs_file search_label test echo "
    "minicmd sleep serial terminal all_video gfxterm reboot halt"
)
MARK = "/officefleet/manifest.json"  # what a stick is found by
GRUB_CFG = "/EFI/debian/grub.cfg"  # where Debian's signed GRUB looks


def build_loaders(folder: Path, *, mirror: str = "", suite: str = "bookworm") -> Path:
    """Fill the folder ``loaders`` of a rescue.

    Args:
        folder: of the rescue.
        mirror: of Debian; the machine's own by default.
        suite: of Debian.

    Raises:
        ImageError: not root, or a program is missing or fails.
        RescueError: a package no longer holds what is looked for.

    """
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="officefleet-loaders-", dir=folder.parent) as work:
        tree = Path(work) / "tree"
        command = ["mmdebstrap", "--variant=extract", "--mode=root", "--format=directory", "--quiet"]
        command += ["--aptopt=APT::Install-Recommends false", f"--include={_PACKAGES}", suite, str(tree)]
        run_tool([*command, *([mirror] if mirror else [])])
        for name, source in _FILES.items():
            if not (tree / source).is_file():
                raise RescueError(_("Debian's packages hold no {name} any more.").format(name=source))
            shutil.copyfile(tree / source, target / name)
        shutil.copyfile(_bios_core(tree), target / BIOS_CORE)
    return target


def loader(folder: Path, name: str) -> Path:
    """Return a boot loader of a rescue's folder.

    Raises:
        RescueError: the rescue was built without loaders.

    """
    path = folder / FOLDER / name
    if not path.is_file():
        raise RescueError(
            _("The rescue environment in {path} has no boot loaders.").format(path=folder),
            hint=_("Build it again: officefleet rescue build {path}").format(path=folder),
        )
    return path


def _bios_core(tree: Path) -> Path:
    script = f"search --no-floppy --file {MARK} --set=root\nconfigfile {GRUB_CFG}\n"
    (tree / "early.cfg").write_text(script, encoding="ascii")
    command = ["chroot", str(tree), "/usr/bin/grub-mkimage", "-O", "i386-pc", "-o", "/core.img"]
    run_tool([*command, "-p", "/EFI/debian", "-c", "/early.cfg", *_BIOS_MODULES.split()])
    return tree / "core.img"
