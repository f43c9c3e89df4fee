"""Writes down checksums of some files before they are backed up, so that a drill can prove what comes back."""

from __future__ import annotations

import hashlib
import os
import random
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 20
_LARGEST = 256 << 20  # bytes: a drill must not fill a disk


def files_under(paths: list[str]) -> Iterator[str]:
    """Yield the regular files below some paths; links are not followed."""
    for path in paths:
        if os.path.isfile(path) and not os.path.islink(path):  # noqa: PTH113, PTH114  a million paths as text
            yield path
        for folder, _folders, names in os.walk(path):
            for name in names:
                yield os.path.join(folder, name)  # noqa: PTH118  as above


def choose(paths: list[str], count: int) -> list[str]:
    """Return `count` files at random, each with the same chance, in one pass (reservoir sampling)."""
    chosen: list[str] = []
    for seen, path in enumerate(files_under(paths)):
        if len(chosen) < count:
            chosen.append(path)
        else:
            place = random.randrange(seen + 1)  # noqa: S311  a sample, not a secret
            if place < count:
                chosen[place] = path
    return sorted(chosen)


def checksum(path: Path) -> str:
    """Return a file's SHA-256."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def manifest(paths: list[str], count: int) -> dict[str, dict[str, object]]:
    """Return path to size, time of change and checksum, of some files."""
    found: dict[str, dict[str, object]] = {}
    for path in choose(paths, count):
        try:
            about = os.lstat(path)
            if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
                continue
            found[path] = {"size": about.st_size, "mtime": about.st_mtime_ns, "sha256": checksum(Path(path))}
        except OSError:
            continue  # gone, or closed to us: it says nothing about the backup
    return found
