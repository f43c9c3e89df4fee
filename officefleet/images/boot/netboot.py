"""Arming: which poste gets the rescue from the network at its next start.

Arming is one file in ``armed/`` of the netboot service's folder, here or on a NAS (`arming_file` gives its name and
content). The service finds it within a second, and takes it away when it was used or its time is over.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from officefleet.i18n import _
from officefleet.images.atomic import write_atomic
from officefleet.images.boot import served
from officefleet.images.boot.faults import NetbootError
from officefleet.images.rescue.loaders import loader
from officefleet.images.shipping import zipapp_of

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.images.rescue.builder import Rescue
    from officefleet.images.rescue.overlay import Overlay

PROGRAM = "netbootd.pyz"
_MODULES = (
    "__init__",
    "images/__init__",
    "images/boot/__init__",
    "images/boot/netbootd",
    "images/boot/served",
)
_LOADERS = {
    "undionly.kpxe": "undionly.kpxe",
    "snponly.efi": "snponly.efi",
    "shimx64.efi": "shimx64.efi",
    "mmx64.efi": "mmx64.efi",
    "grubx64.efi": "grubnetx64.efi",  # the name that shim asks for
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arming:
    """One poste's next start.

    Attributes:
        host: name of the poste.
        mac: of its card, ``52:54:00:12:34:56``.
        overlay: its part of the rescue.
        expires: seconds since 1970, by the service's clock.
        loader: what a poste with UEFI gets: "shim" is right with and without Secure Boot, "ipxe" only without it.
            A poste with a BIOS always gets iPXE.
        address: the poste's own IPv4 address; "shim" needs it (see `served`).
        boots: how often it may start so.

    """

    host: str
    mac: str
    overlay: Overlay
    expires: int
    loader: Literal["shim", "ipxe"] = "shim"
    address: str = ""
    boots: int = 1


def arming_file(arming: Arming) -> tuple[str, bytes]:
    """Return the file that arms a poste: its path in the service's folder, and its content, for mode 0600.

    Raises:
        NetbootError: the service would not accept it.

    """
    try:
        armed = served.Armed(
            host=arming.host,
            mac=served.dashed(arming.mac),
            expires=arming.expires,
            loader=arming.loader,
            address=arming.address,
            boots=arming.boots,
            overlay=arming.overlay.initrd,
        )
        armed.check()
    except ValueError as error:
        raise NetbootError(
            _("{host} cannot be armed: {value!r} is not what netboot needs.").format(
                host=arming.host, value=str(error)
            ),
            hint=_("It needs a hardware address, and with shim the poste's own IPv4 address."),
        ) from error
    return f"armed/{armed.name}", armed.encode()


def arm(folder: Path, arming: Arming) -> Path:
    """Arm a poste; return the file. Arming it again replaces what was.

    Args:
        folder: of the netboot service.
        arming: who, until when.

    Raises:
        NetbootError: it would not be accepted, its time is over, or this is no netboot folder.
        StoreError: the folder cannot be written.

    """
    name, content = arming_file(arming)
    if arming.expires <= time.time():
        raise NetbootError(_("The time of this arming is over already."))
    if not (folder / "files").is_dir():
        raise NetbootError(
            _("{path} is no folder of the netboot service.").format(path=folder),
            hint=_("Make it: officefleet rescue prepare {path}").format(path=folder),
        )
    path = folder / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomic(path, content)
    path.chmod(0o600)
    return path


def disarm(folder: Path, mac: str) -> bool:
    """Disarm a poste; return whether it was armed.

    Raises:
        NetbootError: `mac` is no hardware address.

    """
    try:
        path = folder / "armed" / f"{served.dashed(mac)}.json"
    except ValueError as error:
        raise NetbootError(_("{mac!r} is no hardware address.").format(mac=mac)) from error
    was_armed = path.exists()
    path.unlink(missing_ok=True)
    return was_armed


def armed(folder: Path, *, now: float | None = None) -> tuple[served.Armed, ...]:
    """Return who is armed, by hardware address; what is over or not sound is left out."""
    return tuple(served.read_armed(folder, time.time() if now is None else now).values())


def prepare(folder: Path, rescue: Rescue, settings: served.Settings | None = None) -> Path:
    """Make or renew the folder that the netboot service serves; return it.

    Args:
        folder: it may exist; what is armed stays armed.
        rescue: with boot loaders.
        settings: of a service that runs here; None for one on a NAS, whose role writes them there.

    Raises:
        NetbootError: the settings are not sound.
        RescueError: the rescue has no boot loaders.
        StoreError: the folder cannot be written.

    """
    try:
        if settings is not None:
            settings.check()
    except ValueError as error:
        raise NetbootError(_("{value} is no interface, address or port.").format(value=error)) from error
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    (folder / "armed").mkdir(mode=0o700, exist_ok=True)
    sources = {name: loader(rescue.folder, source) for name, source in _LOADERS.items()}
    for name, source in {**sources, "vmlinuz": rescue.kernel, "rescue.cpio.zst": rescue.initrd}.items():
        part = files / f"{name}.part"
        shutil.copyfile(source, part)
        part.replace(files / name)
    write_atomic(folder / PROGRAM, zipapp_of(_MODULES, "officefleet.images.boot.netbootd"))
    if settings is not None:
        content = json.dumps(dataclasses.asdict(settings), sort_keys=True)
        write_atomic(folder / "netboot.json", content.encode() + b"\n")
    return folder
