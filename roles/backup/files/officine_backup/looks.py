"""How files of a snapshot look: random or not, and whether the canaries are sound. For finding the last clean one."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from officine_backup import browse, canary, drill

if TYPE_CHECKING:
    from officine_backup.config import Config
    from officine_backup.restic import Repository

SAMPLE = 80
LEAST = 4096
"""Bytes below which entropy says little: n bytes cannot have more than log2(n) bits each."""

_LARGEST = 32 << 20  # bytes: a look must not fill a NAS
_READ = 1 << 16


def entropy(content: bytes) -> float:
    """Return the bits a byte of a content (Shannon, order 0): 0 for one repeated byte, at most 8."""
    total = len(content)
    if total == 0:
        return 0.0
    return -sum(count / total * math.log2(count / total) for count in Counter(content).values())


def look(config: Config, where: Repository, snapshot: str, host: str) -> dict[str, Any]:
    """Return what a snapshot holds and how a sample of it looks.

    Returns:
        ``{"files": [{"path", "size", "mtime"}], "entropy": {path: bits a byte}, "canaries": {path: sound}}``.

    Raises:
        BackupProblem: the repository cannot be read.

    """
    files = browse.content(where, snapshot)
    known = {str(one["path"]) for one in files}
    chosen = choose(files)
    canaries = sorted(path for path in known if PurePosixPath(path).name in canary.NAMES)
    with tempfile.TemporaryDirectory(prefix="look-", dir=config.state) as place:
        if chosen or canaries:
            drill.take(where, snapshot, Path(place), [*chosen, *canaries])
        return {
            "files": files,
            "entropy": {path: bits for path in chosen if (bits := _bits(Path(f"{place}{path}"))) is not None},
            "canaries": {
                path: canary.is_sound(Path(f"{place}{path}"), host, PurePosixPath(path).name)
                for path in canaries
            },
        }


def choose(files: list[dict[str, Any]], count: int = SAMPLE) -> list[str]:
    """Return the paths of a sample: the same files in every snapshot, also when endings were put behind their names."""
    fit = [one for one in files if LEAST <= one["size"] <= _LARGEST and not _is_canary(one["path"])]
    return [str(one["path"]) for one in sorted(fit, key=lambda one: _order(str(one["path"])))[:count]]


def _order(path: str) -> str:
    name = PurePosixPath(path)
    stem = name.name.lstrip(".").split(".")[0]
    return hashlib.sha256(f"{name.parent}/{stem}".encode("utf-8", "surrogateescape")).hexdigest()


def _is_canary(path: str) -> bool:
    return PurePosixPath(path).name in canary.NAMES


def _bits(file: Path) -> float | None:
    """Return the entropy of a piece from a file's middle, where no header is."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, (os.fstat(stream.fileno()).st_size - _READ) // 2))
            return round(entropy(stream.read(_READ)), 3)
    except OSError:
        return None
