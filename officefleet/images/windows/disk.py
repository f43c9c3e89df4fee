"""A whole Windows disk of any size, made from a WIM: GPT, EFI, reserved, recovery and Windows partitions.

The Windows partition is the last one, so that Windows itself grows it on a larger disk (ExtendOSPartition in the answer
file); Microsoft's "UEFI/GPT-based hard drive partitions" has it before the recovery partition, which then blocks it.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images import gpt_create
from officefleet.images.diskmaker import make_fat
from officefleet.images.faults import RecipeError
from officefleet.images.gpt import tail_sectors
from officefleet.images.index_fields import Partition
from officefleet.images.recipe import size_bytes
from officefleet.images.tools import run_tool
from officefleet.images.windows import wim
from officefleet.images.windows.bcd import BootDisk, write_bcd
from officefleet.images.windows.tree import find, need
from officefleet.images.windows.volume import loop_device, ntfs_volume

if TYPE_CHECKING:
    from officefleet.images.recipe import WindowsLayout

_MIB = 1 << 20
_NAMESPACE = uuid.UUID("0d6f2b0e-8a3c-5f0b-9f4e-3a1b7c5d2e10")
_RESERVED = 16 * _MIB
_HIDDEN_AND_NEEDED = 0x8000000000000001  # no drive letter; the platform needs it
_KINDS = {
    "EFI": gpt_create.ESP,
    "Reserved": gpt_create.MICROSOFT_RESERVED,
    "Recovery": gpt_create.RECOVERY,
    "Windows": gpt_create.BASIC_DATA,
}


@dataclass(frozen=True, slots=True)
class Place:
    """One partition of the disk to be: bytes."""

    name: str
    start: int
    size: int
    unique: uuid.UUID


def places(layout: WindowsLayout, sector: int, name: str) -> list[Place]:
    """Return where each partition lies, aligned to 1 MiB; Windows takes what is left.

    Raises:
        RecipeError: nothing is left for Windows.

    """
    total = size_bytes(layout.size)
    end = (total - tail_sectors(sector) * sector) // _MIB * _MIB
    sizes = {"EFI": size_bytes(layout.esp), "Reserved": _RESERVED}
    if layout.recovery:
        sizes["Recovery"] = size_bytes(layout.recovery)
    sizes["Windows"] = end - _MIB - sum(sizes.values())
    if sizes["Windows"] < _MIB:
        raise RecipeError(_("The partitions do not fit a disk of {size}.").format(size=layout.size))
    found, start = [], _MIB
    for one, size in sizes.items():
        found.append(Place(one, start, size, uuid.uuid5(_NAMESPACE, f"{name}/{one}")))
        start += size
    return found


def make_windows_disk(
    file: Path, number: int, layout: WindowsLayout, disk: Path, *, sector: int, name: str
) -> None:
    """Make a raw disk that holds an image of a WIM.

    Args:
        file: the WIM.
        number: of its image, from 1.
        layout: sizes.
        disk: the raw disk to make.
        sector: bytes of a logical sector, 512 or 4096.
        name: of the image; GUIDs come from it, so that two builds are alike.

    Raises:
        RecipeError: the partitions or the image do not fit, or there is no such image.
        ImageError: a program fails, or the WIM is damaged.
        TargetError: the image holds no Windows that can start from EFI.

    """
    where = {place.name: place for place in places(layout, sector, name)}
    _must_fit(file, number, where["Windows"])
    boot = BootDisk(uuid.uuid5(_NAMESPACE, name), where["EFI"].unique, where["Windows"].unique)
    total = size_bytes(layout.size)
    with disk.open("wb") as opened:
        opened.truncate(total)
    _make_ntfs(disk, where["Windows"], sector)
    with loop_device(disk, _part(where["Windows"]), sector=sector) as device:
        wim.apply(file, number, device)
    esp = where["EFI"]
    make_fat(disk, esp.start, esp.size, sector, label="EFI", serial=esp.unique.hex[:8])
    with ntfs_volume(disk, where["Windows"].start, where["Windows"].size) as root:
        _fill_esp(root, f"{disk}@@{esp.start}", boot, uuid.uuid5(_NAMESPACE, f"{name}/entry"))
        rescue = find(root, "Windows/System32/Recovery/Winre.wim")
        if "Recovery" in where:
            _make_ntfs(disk, where["Recovery"], sector)
            if rescue is not None:
                with ntfs_volume(disk, where["Recovery"].start, where["Recovery"].size) as recovery:
                    (recovery / "Recovery/WindowsRE").mkdir(parents=True)
                    shutil.copyfile(rescue, recovery / "Recovery/WindowsRE/Winre.wim")
    parts = [
        gpt_create.NewPartition(
            one.name, _KINDS[one.name], one.unique, one.start, one.size,
            attributes=_HIDDEN_AND_NEEDED if one.name == "Recovery" else 0,
        )
        for one in where.values()
    ]  # fmt: skip
    head, tail = gpt_create.create(boot.disk, total, sector, parts)
    with disk.open("r+b") as opened:
        opened.write(head)
        opened.seek(total - len(tail))
        opened.write(tail)


def _must_fit(file: Path, number: int, place: Place) -> None:
    found = {one.number: one for one in wim.images(file)}
    if number not in found:
        raise RecipeError(
            _("{path} has no image {number}.").format(path=file, number=number),
            hint=_("It has: {names}.").format(
                names=", ".join(f"{one.number} {one.name}" for one in found.values()) or "-"
            ),
        )
    if found[number].bytes > place.size:
        raise RecipeError(
            _("The image needs {needed} bytes, but the Windows partition has {size}.").format(
                needed=found[number].bytes, size=place.size
            )
        )


def _make_ntfs(disk: Path, place: Place, sector: int) -> None:
    with loop_device(disk, _part(place), sector=sector) as device:
        command = ["mkntfs", "--quick", "--quiet", "--force", "--no-indexing", "--label", place.name]
        command += ["--partition-start", str(place.start // sector), "--heads", "255"]
        command += ["--sectors-per-track", "63", "--sector-size", str(sector), device]
        run_tool(command)


def _fill_esp(root: Path, esp: str, boot: BootDisk, entry: uuid.UUID) -> None:
    """Copy the boot manager where firmware and Windows look for it, and make the boot configuration."""
    loader = need(root, "Windows/Boot/EFI/bootmgfw.efi")
    template = need(root, "Windows/System32/config/BCD-Template")
    need(root, "Windows/System32/winload.efi")
    for folder in ("EFI", "EFI/Boot", "EFI/Microsoft", "EFI/Microsoft/Boot", "EFI/Microsoft/Boot/Fonts"):
        run_tool(["mmd", "-D", "s", "-i", esp, f"::{folder}"])
    copies = [(loader, "EFI/Boot/bootx64.efi")]
    for source, target in (("Windows/Boot/EFI", ""), ("Windows/Boot/Fonts", "Fonts/")):
        folder_found = find(root, source)
        files = sorted(folder_found.iterdir()) if folder_found else []
        copies += [(one, f"EFI/Microsoft/Boot/{target}{one.name}") for one in files if one.is_file()]
    for origin, name in copies:
        run_tool(["mcopy", "-D", "o", "-i", esp, str(origin), f"::{name}"])
    with tempfile.TemporaryDirectory(prefix="officefleet-") as folder:
        store = Path(folder) / "BCD"
        shutil.copyfile(template, store)
        write_bcd(store, boot, system=entry)
        run_tool(["mcopy", "-D", "o", "-i", esp, str(store), "::EFI/Microsoft/Boot/BCD"])


def _part(place: Place) -> Partition:
    return Partition(0, place.name, "", "", place.start, place.size)
