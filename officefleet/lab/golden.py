"""What the lab's machines are restored from: one small golden image and the rescue environment, each built once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import LabError
from officefleet.i18n import _
from officefleet.lab.base import cache_folder
from officefleet.lab.privilege import is_root
from officefleet.lab.state import LabState, known_labs

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.images.rescue.builder import Rescue

RECIPE = Path(__file__).parent / "data" / "poste.yaml"
IMAGE = "poste-debian"
_KERNEL = "linux-image-cloud-amd64"
_RESCUE_SOURCES = Path(__file__).parents[1] / "images" / "rescue"
_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True)
class Golden:
    """A store with the lab's image.

    Attributes:
        store: folder with the image.
        trust: file with the root key that signed it.

    """

    store: Path
    trust: Path


def golden_is_ready() -> bool:
    """Whether `ensure_golden` and `ensure_rescue` will have nothing to build."""
    return _golden_folder().is_dir() and _rescue_folder().is_dir()


def ensure_golden() -> Golden:
    """Return the store with the lab's image; build and sign it first if this recipe's is missing (about a minute).

    Raises:
        LabError: not root.
        ImageError: a program is missing or fails.

    """
    folder = _golden_folder()
    _ensure(folder, _build_golden)
    return Golden(folder / "store", folder / "trust.json")


def ensure_rescue() -> Rescue:
    """Return the rescue environment's kernel and initramfs; build them first if they are missing.

    Raises:
        LabError: not root.
        ImageError: a program is missing or fails.

    """
    from officefleet.images.rescue.builder import Rescue  # noqa: PLC0415  images are loaded by machines only

    folder = _rescue_folder()
    _ensure(folder, _build_rescue)
    return Rescue(folder / "vmlinuz", folder / "rescue.cpio.zst")


def _ensure(folder: Path, build: Callable[[Path], None]) -> None:
    if folder.is_dir():
        return
    if not is_root():
        raise LabError(
            _("Machines need an image, and building one needs root."),
            hint=_("Run `officefleet lab up --vm` once as root; or bring the lab up without --vm."),
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return
        building = folder.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        build(building)
        if not any(LabState(name).lives() for name in known_labs()):
            _remove_others(folder, building)
        building.rename(folder)


def _remove_others(folder: Path, building: Path) -> None:
    """Remove what other recipes made; no lab may be up, for it may serve them."""
    kind = folder.name.partition("-")[0]
    for other in folder.parent.glob(f"{kind}-*"):
        if other.is_dir() and other not in (folder, building):
            shutil.rmtree(other, ignore_errors=True)


def _build_golden(folder: Path) -> None:
    from officefleet.images.builder import Workshop, build  # noqa: PLC0415  as above
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415
    from officefleet.images.index import read_index  # noqa: PLC0415
    from officefleet.images.keys import KeySet, Trust  # noqa: PLC0415
    from officefleet.images.store import Store  # noqa: PLC0415

    store, now = Store.create(folder / "store"), int(time.time())
    root, signer = Signer.generate(), Signer.generate()  # never written: this store gets no second image
    keys = KeySet(1, now, now + _YEAR, root.public, {signer.id: signer.public})
    store.write_keys(keys.encode([root]))
    trust = Trust(root.public)
    trust.save(folder / "trust.json")

    workshop = Workshop(
        store=store,
        signer=signer,
        keys=keys,
        read=lambda data: read_index(data, keys, trust, now=now),
        work=folder,
    )
    build(RECIPE, workshop)


def _build_rescue(folder: Path) -> None:
    from officefleet.images.rescue.builder import build_rescue  # noqa: PLC0415  as above

    build_rescue(folder, kernel_package=_KERNEL)


def _machines_folder() -> Path:
    return cache_folder() / "machines"


def _golden_folder() -> Path:
    overlay = RECIPE.parent / "poste"
    parts = [RECIPE, *sorted(path for path in overlay.rglob("*") if path.is_file())]
    return _machines_folder() / f"golden-{_digest(parts)}"


def _rescue_folder() -> Path:
    return _machines_folder() / f"rescue-{_digest(sorted(_RESCUE_SOURCES.rglob('*')))}"


def _digest(paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]
