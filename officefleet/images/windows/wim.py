"""WIM files, through wimlib's program: what is in one, taking one from a disk, putting one on a partition."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import ImageError
from officefleet.i18n import _
from officefleet.images.tools import run_tool
from officefleet.images.windows.volume import loop_device, must_be_clean

if TYPE_CHECKING:
    from officefleet.images.index_fields import Partition

# What Windows makes anew, or what would carry one machine's memory along.
_LEFT_OUT = """[ExclusionList]
\\$ntfs.log
\\hiberfil.sys
\\pagefile.sys
\\swapfile.sys
\\System Volume Information
\\$Recycle.Bin\\*
\\Windows\\MEMORY.DMP
\\Windows\\Minidump\\*
"""


@dataclass(frozen=True, slots=True)
class WimImage:
    """One image of a WIM file; sizes in bytes, "" or 0 for what the file does not say."""

    number: int
    name: str
    bytes: int
    build: str
    edition: str
    language: str


def images(wim: Path) -> list[WimImage]:
    """Return the images of a WIM file.

    Raises:
        ImageError: it is no WIM file.

    """
    said = run_tool(["wimlib-imagex", "info", str(wim), "--xml"]).decode("utf-16", "replace").lstrip("\ufeff")
    try:
        root = ET.fromstring(said)  # noqa: S314  wimlib has read it and refuses document types
    except ET.ParseError as error:
        raise ImageError(_("{path} does not say what is in it.").format(path=wim)) from error
    return [_image(one) for one in root.iter("IMAGE")]


def verify(wim: Path) -> None:
    """Read every file of a WIM and compare its hash.

    Raises:
        ImageError: one is damaged.

    """
    run_tool(["wimlib-imagex", "verify", str(wim)])


def apply(wim: Path, number: int, device: str) -> None:
    """Put an image of a WIM on an empty NTFS, with its rights, streams and links.

    Args:
        wim: the file.
        number: of the image, from 1.
        device: the partition, not mounted.

    Raises:
        ImageError: there is no such image, a file is damaged, or it does not fit.

    """
    run_tool(["wimlib-imagex", "apply", str(wim), str(number), device])


def capture(disk: Path, part: Partition, wim: Path, name: str) -> None:
    """Take a WIM of a Windows partition at rest.

    Args:
        disk: a block device, or a file that plays one.
        part: of it.
        wim: the file to make; written aside first.
        name: of the image in it.

    Raises:
        TargetError: the partition is encrypted, hibernated or not clean.
        ImageError: the file exists, or wimlib fails.

    """
    if wim.exists():
        raise ImageError(_("{path} exists already.").format(path=wim))
    aside = wim.with_name(f".{wim.name}.new")
    with tempfile.TemporaryDirectory(prefix="officefleet-") as folder, loop_device(disk, part) as device:
        must_be_clean(device)
        config = Path(folder) / "left-out.ini"
        config.write_text(_LEFT_OUT, encoding="ascii")
        command = ["wimlib-imagex", "capture", device, str(aside), name, f"--config={config}", "--check"]
        try:
            run_tool(command)
            verify(aside)
            aside.replace(wim)
        finally:
            aside.unlink(missing_ok=True)


def _image(element: ET.Element) -> WimImage:
    def text(path: str) -> str:
        return element.findtext(path) or ""

    size = text("TOTALBYTES")
    return WimImage(
        number=int(element.get("INDEX", "0")),
        name=text("NAME"),
        bytes=int(size) if size.isdecimal() else 0,
        build=text("WINDOWS/VERSION/BUILD"),
        edition=text("WINDOWS/EDITIONID"),
        language=text("WINDOWS/LANGUAGES/DEFAULT"),
    )
