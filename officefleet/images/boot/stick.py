"""The content of a rescue stick, as a raw image: one that every PC made since 2005 can start from.

GPT with two partitions: GRUB for a BIOS (no file system), and an EFI partition with shim, Debian's signed GRUB,
kernel, initramfs and the overlays. The boot sector of a BIOS lies in the protective MBR; where GRUB's second part
begins is written into it and into that part's first sector, at the places that GRUB's own installer uses
(GRUB manual, "BIOS installation"; boot.S and diskboot.S of GRUB 2.06 name the offsets).
"""

from __future__ import annotations

import json
import math
import struct
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images import gpt_create
from officefleet.images.boot.faults import MediaError
from officefleet.images.boot.grub_cfg import stick_menu
from officefleet.images.rescue.loaders import BIOS_CORE, GRUB_CFG, MARK, loader
from officefleet.images.rescue.manifest import digest
from officefleet.images.tools import run_tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.images.rescue.builder import Rescue
    from officefleet.images.rescue.overlay import Overlay

SECTOR = 512
_MIB = 1 << 20
_BIOS_START = _MIB
_ESP_START = 2 * _MIB
_TAIL = _MIB
_ROOM = 16 * _MIB  # tables, clusters half full, a later overlay
_FAT32_MINIMUM = 40 * _MIB
_BIOS_BOOT = uuid.UUID("21686148-6449-6e6f-744e-656564454649")  # GRUB manual, "BIOS installation"
_NAMESPACE = uuid.UUID("8d3b1c52-6f2e-5d0a-9a54-0b7c5e1d2f60")
_BOOT_CODE = 440  # after it: disk signature and the protective table
_KERNEL_SECTOR = 0x5C
_DRIVE_CHECK = 0x66
_NO_CHECK = b"\x90\x90"  # two nops: then boot.S repairs the drive number of BIOSes that pass a wrong one
_BLOCK_LIST = SECTOR - 12


@dataclass(frozen=True, slots=True)
class Seat:
    """A poste that a stick can rescue."""

    host: str
    overlay: Overlay


@dataclass(frozen=True, slots=True)
class Stick:
    """What a stick of any size consists of, bytes.

    Attributes:
        body: file with everything from the end of the partition table to the end of the EFI partition.
        body_start: where it goes.
        size: of the smallest disk.

    """

    body: Path
    body_start: int
    size: int
    _boot: bytes
    _disk: uuid.UUID

    def ends(self, total: int) -> tuple[bytes, bytes]:
        """Return the first and the last bytes of a disk of `total` bytes: boot sector, tables, backup table.

        Raises:
            MediaError: it is too small.

        """
        total -= total % SECTOR
        if total < self.size:
            raise MediaError(
                _("The stick is too small: it has {size} MB, {need} MB are needed.").format(
                    size=total // 10**6, need=math.ceil(self.size / 10**6)
                )
            )
        esp = self.size - _TAIL - _ESP_START
        parts = [
            gpt_create.NewPartition("bios", _BIOS_BOOT, uuid.uuid5(self._disk, "bios"), _BIOS_START, _MIB),
            gpt_create.NewPartition(
                "secours", gpt_create.ESP, uuid.uuid5(self._disk, "esp"), _ESP_START, esp
            ),
        ]
        head, tail = gpt_create.create(self._disk, total, SECTOR, parts)
        return self._boot + head[_BOOT_CODE:], tail


def make_stick(rescue: Rescue, seats: Sequence[Seat], work: Path) -> Stick:
    """Make the content of a stick.

    Args:
        rescue: with boot loaders.
        seats: one or more postes; each name once.
        work: an empty folder.

    Raises:
        MediaError: no poste, or one twice.
        RescueError: the rescue has no boot loaders.
        ImageError: a program is missing or fails.

    """
    hosts = [seat.host for seat in seats]
    if not hosts or len(set(hosts)) != len(hosts):
        raise MediaError(_("A stick needs at least one poste, and each only once."))
    content = sum(
        path.stat().st_size for path in (rescue.kernel, rescue.initrd, *_loaders(rescue).values())
    ) + sum(len(seat.overlay.initrd) for seat in seats)
    esp = max(_FAT32_MINIMUM, -(-(content + _ROOM) // _MIB) * _MIB)
    body = work / "body"
    with body.open("wb") as file:
        file.truncate(_MIB + esp)  # the two partitions, one after the other
    disk = uuid.uuid5(
        _NAMESPACE, "/".join([digest(rescue.initrd), *(seat.overlay.known_host for seat in seats)])
    )
    _fill_esp(body, _ESP_START - _BIOS_START, esp, disk, rescue, seats)
    with body.open("r+b") as file:
        file.write(_core(loader(rescue.folder, BIOS_CORE).read_bytes(), _BIOS_START))
    boot = _boot_sector(loader(rescue.folder, "bios-boot.img").read_bytes(), _BIOS_START)
    return Stick(body, _BIOS_START, _ESP_START + esp + _TAIL, boot, disk)


def _loaders(rescue: Rescue) -> dict[str, Path]:
    return {
        "EFI/BOOT/BOOTX64.EFI": loader(rescue.folder, "shimx64.efi"),
        "EFI/BOOT/grubx64.efi": loader(rescue.folder, "grubx64.efi"),
        "EFI/BOOT/mmx64.efi": loader(rescue.folder, "mmx64.efi"),
    }


def _fill_esp(
    body: Path, start: int, size: int, disk: uuid.UUID, rescue: Rescue, seats: Sequence[Seat]
) -> None:
    command = ["mkfs.vfat", "-F", "32", "-s", "1", "-S", str(SECTOR), "-n", "SECOURS", "-i", disk.hex[:8]]
    run_tool([*command, "--offset", str(start // SECTOR), str(body), str(size // 1024)])
    image = f"{body}@@{start}"
    folders = ["EFI", "EFI/BOOT", "EFI/debian", "officefleet", "officefleet/postes"]
    run_tool(["mmd", "-i", image, *(f"::{one}" for one in folders)])
    for name, path in _loaders(rescue).items():
        run_tool(["mcopy", "-i", image, str(path), f"::{name}"])
    for path in (rescue.kernel, rescue.initrd):
        run_tool(["mcopy", "-i", image, str(path), f"::officefleet/{path.name}"])
    menu = stick_menu([seat.host for seat in seats], MARK).encode("ascii")
    run_tool(["mcopy", "-i", image, "-", f"::{GRUB_CFG}"], text=menu)
    for seat in seats:
        name = f"::officefleet/postes/{seat.host}.cpio"
        run_tool(["mcopy", "-i", image, "-", name], text=seat.overlay.initrd)
    postes = {seat.host: seat.overlay.known_host for seat in seats}
    listed = {"postes": postes, "rescue": digest(rescue.manifest)}
    run_tool(["mcopy", "-i", image, "-", f"::{MARK}"], text=json.dumps(listed, indent=1).encode() + b"\n")


def _boot_sector(image: bytes, core_start: int) -> bytes:
    code = bytearray(image[:_BOOT_CODE])
    struct.pack_into("<Q", code, _KERNEL_SECTOR, core_start // SECTOR)
    code[_DRIVE_CHECK : _DRIVE_CHECK + 2] = _NO_CHECK
    return bytes(code)


def _core(image: bytes, start: int) -> bytes:
    """Return GRUB's second part, told where its own rest lies."""
    core = bytearray(image.ljust(-(-len(image) // SECTOR) * SECTOR, b"\0"))
    if len(core) > _MIB:
        raise MediaError(_("GRUB is too large for its partition."))
    struct.pack_into("<QH", core, _BLOCK_LIST, start // SECTOR + 1, len(core) // SECTOR - 1)
    return bytes(core)
