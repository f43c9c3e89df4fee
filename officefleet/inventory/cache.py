"""Keeps what was read of the pharmacies in one file, keyed by content.

Layout: a line of JSON that names the code it was written by and the hash of the rows; a row for each
pharmacy (see `rows`); an empty line; the models' JSON one after another. Nothing in it is executed, and
whatever does not fit its hash is read from the pharmacies' own files again.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pydantic

import officefleet
from officefleet.inventory.rows import content_hash, from_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from officefleet.inventory.rows import Row


class StoredModels:
    """Models in the cache file; a model is read when it is asked for and checked against its hash."""

    def __init__(self, file: Path, places: Mapping[str, tuple[int, int, str]]) -> None:
        self._file = file
        self._places = places

    def __getitem__(self, pharmacy_id: str) -> bytes:
        """Return a model's JSON, or b"" when the file no longer holds it; KeyError: not loaded."""
        offset, size, expected = self._places[pharmacy_id]
        try:
            with self._file.open("rb") as stream:
                stream.seek(offset)
                model = stream.read(size)
        except OSError:
            return b""
        return model if content_hash(model) == expected else b""


class Cache:
    """The cache of one set of pharmacies.

    Args:
        folder: where cache files lie.
        key: tells fleets apart, e.g. the inventory's absolute path.

    """

    def __init__(self, folder: Path, key: str) -> None:
        self._file = folder / f"inventory-{content_hash(key.encode())[:16]}.cache"

    def load(self) -> tuple[list[bytes], list[Row], StoredModels] | None:
        """Return the lines, their rows and the models, or None when there is no sound cache of this code."""
        try:
            with self._file.open("rb") as stream:
                head = json.loads(stream.readline(4096))
                if head["code"] != _code():
                    return None
                body = stream.read(head["size"])
                start = stream.tell()
                if content_hash(body) != head["hash"]:
                    return None
            lines = body.splitlines()
            rows = [from_line(line) for line in lines]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return lines, rows, StoredModels(self._file, _places(rows, start))

    def save(
        self, lines: Iterable[bytes], rows: Iterable[Row], models: Iterable[bytes]
    ) -> StoredModels | None:
        """Replace the cache in one step; return the models as stored, or None when it cannot be written."""
        body = b"\n".join(lines) + b"\n"
        head = json.dumps({"code": _code(), "size": len(body), "hash": content_hash(body)}).encode() + b"\n"
        temporary = None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, delete=False) as stream:
                temporary = stream.name
                stream.write(head + body)
                stream.writelines(models)
            os.replace(temporary, self._file)  # noqa: PTH105  a name, not a path
        except OSError:  # a full or read-only disk: the run goes on without a cache
            if temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)  # noqa: PTH108  a name, not a path
            return None
        return StoredModels(self._file, _places(rows, len(head) + len(body)))


def _places(rows: Iterable[Row], start: int) -> dict[str, tuple[int, int, str]]:
    places = {}
    for row in rows:
        places[row.digest.id] = (start, row.size, row.model)
        start += row.size
    return places


@functools.cache
def _code() -> str:
    """Return what the meaning of a cache depends on: models, readers and the libraries that validate."""
    root = Path(officefleet.__file__).parent
    digest = hashlib.blake2b(digest_size=20)
    digest.update(f"{pydantic.VERSION} {version('opening-hours-py')} {sys.version}".encode())
    for file in sorted([*(root / "models").glob("*.py"), *(root / "inventory").glob("*.py")]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
