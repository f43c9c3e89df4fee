"""Canary files: documents that nobody needs, so that whatever changes them is up to no good.

Their content follows from the machine's name and the file's own, so that it can be checked on a machine, in a backup
and after a restore without keeping a copy of it anywhere; and it is readable text, so that encryption shows.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from officine_backup.config import Config

NAMES = ("!ordonnances-2019.csv", "zz-fournisseurs.csv")
"""The first and the last of a folder's listing: what encrypts goes from one end to the other."""

_LINES = 400
_WORDS = (
    "boite", "carton", "commande", "date", "facture", "flacon", "grossiste", "lot", "numero", "prix", "rayon",
    "reference", "retour", "stock", "taux", "unite",
)  # fmt: skip


def content(machine: str, name: str) -> bytes:
    """Return what a canary of a machine holds: about 25 kB of lines that look like a table."""
    lines = []
    for number in range(_LINES):
        digest = hashlib.sha256(f"{machine}/{name}/{number}".encode()).digest()
        words = ";".join(_WORDS[byte % len(_WORDS)] for byte in digest[:6])
        lines.append(f"{number:04d};{words};{int.from_bytes(digest[6:9], 'big') / 100:.2f}\n")
    return "".join(lines).encode()


def places(config: Config) -> list[Path]:
    """Return where the canaries of a machine belong: in every folder that is backed up."""
    return [Path(path) / name for path in config.paths if Path(path).is_dir() for name in NAMES]


def plant(config: Config) -> dict[str, object]:
    """Put canaries where there have never been any.

    Returns:
        ``{"planted": [path, ...]}``.

    Raises:
        BackupProblem: one that was planted is gone or other than it was.

    """
    bad = changed(config)
    if bad:
        raise BackupProblem("canary-changed", files=", ".join(bad), host=config.host)
    known = _known(config)
    new = [path for path in places(config) if str(path) not in known]
    for path in new:
        _write(path, content(config.host, path.name))
    if new:
        config.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(_list(config), "".join(f"{one}\n" for one in sorted({*known, *map(str, new)})).encode())
    return {"planted": [str(path) for path in new]}


def changed(config: Config) -> list[str]:
    """Return the canaries that were planted and are no longer as they were."""
    return [
        path
        for path in sorted(_known(config))
        if Path(path).parent.is_dir() and not is_sound(Path(path), config.host, Path(path).name)
    ]


def is_sound(file: Path, machine: str, name: str) -> bool:
    """Return whether a file holds what the canary of that name of a machine holds."""
    try:
        return file.read_bytes() == content(machine, name)
    except OSError:
        return False


def _list(config: Config) -> Path:
    return config.state / "canaries"


def _known(config: Config) -> set[str]:
    try:
        return set(_list(config).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return set()


def _write(path: Path, text: bytes) -> None:
    """Write a file whole or not at all; a power cut must not look like an attack."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
