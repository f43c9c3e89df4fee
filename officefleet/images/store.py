"""The store: a folder that any web server can serve as it is.

::

    keys.json                    signed key set
    catalogue.json               image names and versions; a convenience, nothing trusts it
    index/NAME/VERSION.ofi       signed index
    chunks/ab/abcd....zst        content by SHA-256, one zstd frame that states its size
    leases/                      chunks that builds in progress rely on
    trash/                       chunks that garbage collection is about to delete
"""

from __future__ import annotations

import errno
import json
import re
from typing import TYPE_CHECKING

import zstandard

from officefleet.errors import ChunkError, SignatureError, StoreError
from officefleet.i18n import _
from officefleet.images.atomic import sync_folder, write_atomic
from officefleet.images.chunk import chunk_path, is_content, unpacked
from officefleet.images.index_fields import is_image_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from officefleet.images.index import Index

_CHUNK_FILE = re.compile(r"([0-9a-f]{64})\.zst")
_INDEX_FILE = re.compile(r"([1-9][0-9]{0,8})\.ofi")
_FOLDERS = ("chunks", "index", "leases", "trash")


class Store:
    """A store in a local folder; the only kind that can be written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def create(cls, root: Path) -> Store:
        """Return the store in `root`, made if it is not there.

        Raises:
            StoreError: the folder cannot be written.

        """
        try:
            for name in _FOLDERS:
                (root / name).mkdir(parents=True, exist_ok=True)
            for first in range(256):
                (root / "chunks" / f"{first:02x}").mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(
                _("Cannot create the store {path}: {reason}.").format(path=root, reason=error.strerror)
            ) from error
        return cls(root)

    @classmethod
    def open(cls, root: Path) -> Store:
        """Return the existing store in `root`.

        Raises:
            StoreError: there is none.

        """
        if not (root / "chunks").is_dir() or not (root / "index").is_dir():
            raise StoreError(
                _("{path} is not an image store.").format(path=root),
                hint=_("Check the path, or that the NAS is mounted."),
            )
        return cls(root)

    def path_of(self, chunk: str) -> Path:
        """Return where the chunk with this id lies."""
        return self.root / chunk_path(chunk)

    def chunk_ids(self) -> Iterator[str]:
        """Yield the id of every chunk file."""
        for folder in sorted((self.root / "chunks").iterdir()):
            for file in sorted(folder.iterdir()) if folder.is_dir() else ():
                matched = _CHUNK_FILE.fullmatch(file.name)
                if matched and matched[1].startswith(folder.name):
                    yield matched[1]

    def put_chunk(self, chunk: str, content: bytes, *, level: int = 3) -> int:
        """Store a chunk unless it is there; return the bytes written.

        Raises:
            StoreError: the store is full or failed; nothing half-written is left.

        """
        path = self.path_of(chunk)
        if path.exists():
            return 0
        packed = _pack(content, level)
        return len(packed) if write_atomic(path, packed, replace=True) else 0

    def replace_chunk(self, chunk: str, content: bytes, *, level: int = 3) -> bool:
        """Store a chunk over a damaged one; return whether `content` is that chunk's.

        Raises:
            StoreError: the store is full or failed.

        """
        if not is_content(content, bytes.fromhex(chunk)):
            return False
        write_atomic(self.path_of(chunk), _pack(content, level))
        return True

    def put_packed(self, chunk: str, packed: bytes) -> None:
        """Store a chunk that is compressed already, after checking its content against its id.

        Raises:
            ChunkError: the content is not that of `chunk`.
            StoreError: the store is full or failed.

        """
        unpacked(packed, bytes.fromhex(chunk))
        write_atomic(self.path_of(chunk), packed)

    def read_chunk(self, chunk: str) -> bytes:
        """Return the compressed bytes of a chunk.

        Raises:
            ChunkError: it is missing.
            StoreError: the medium failed.

        """
        try:
            return self.path_of(chunk).read_bytes()
        except FileNotFoundError as error:
            raise ChunkError(_("The store lacks chunk {chunk}.").format(chunk=chunk)) from error
        except OSError as error:
            raise StoreError(
                _("Cannot read chunk {chunk}: {reason}.").format(chunk=chunk, reason=error.strerror)
            ) from error

    def names(self) -> list[str]:
        """Return the names of the images."""
        return sorted(
            folder.name
            for folder in (self.root / "index").iterdir()
            if folder.is_dir() and is_image_name(folder.name) and self.versions(folder.name)
        )

    def versions(self, name: str) -> list[int]:
        """Return the versions of an image by rising number; [] when there is no such image."""
        if not is_image_name(name):
            return []
        try:
            files = list((self.root / "index" / name).iterdir())
        except FileNotFoundError:
            return []
        matched = (_INDEX_FILE.fullmatch(file.name) for file in files)
        return sorted(int(one[1]) for one in matched if one)

    def index_path(self, name: str, version: int) -> Path:
        """Return where an index lies.

        Raises:
            StoreError: `name` cannot be the name of an image.

        """
        if not is_image_name(name):
            raise StoreError(_("{name} cannot be the name of an image.").format(name=repr(name)))
        return self.root / "index" / name / f"{version}.ofi"

    def read_index(self, name: str, version: int | None = None) -> bytes:
        """Return the signed bytes of an index, of the newest version by default.

        Raises:
            StoreError: there is no such image or version.

        """
        if version is None:
            version = max(self.versions(name), default=0)
        try:
            return self.index_path(name, version).read_bytes()
        except OSError as error:
            raise StoreError(
                _("The store has no image {name} of version {version}.").format(
                    name=name, version=version or "?"
                ),
                hint=_("officefleet image ls lists what there is."),
            ) from error

    def read_keys(self) -> bytes:
        """Return the signed key set.

        Raises:
            SignatureError: there is none.

        """
        try:
            return (self.root / "keys.json").read_bytes()
        except OSError as error:
            raise SignatureError(
                _("The store has no key set."), hint=_("Create one with officefleet image keys init.")
            ) from error

    def write_keys(self, data: bytes) -> None:
        """Publish a signed key set.

        Raises:
            StoreError: it cannot be written.

        """
        write_atomic(self.root / "keys.json", data)

    def publish(self, index: Index, data: bytes) -> None:
        """Make an image visible, once every chunk of it is in the store.

        Args:
            index: what `data` says.
            data: the signed file.

        Raises:
            ChunkError: a chunk is missing.
            StoreError: this version exists already, or the store cannot be written.

        """
        for digest in index.chunks.digests():
            if not self.path_of(digest.hex()).exists():
                raise ChunkError(_("The store lacks chunk {chunk}.").format(chunk=digest.hex()))
        path = self.index_path(index.name, index.version)
        try:
            path.parent.mkdir(exist_ok=True)
            sync_folder(path.parent.parent)
        except OSError as error:
            raise StoreError(
                _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror)
            ) from error
        if not write_atomic(path, data, replace=False):
            raise StoreError(
                _("The store already has version {version} of {name}.").format(
                    version=index.version, name=index.name
                ),
                hint=_("Another build was faster, or this one ran before; build again."),
            )
        self.write_catalogue()

    def remove_index(self, name: str, version: int) -> None:
        """Make a version invisible; its chunks stay until garbage is collected.

        Raises:
            StoreError: it cannot be removed.

        """
        path = self.index_path(name, version)
        try:
            path.unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise StoreError(
                _("Cannot remove {path}: {reason}.").format(path=path, reason=error.strerror)
            ) from error
        self.write_catalogue()

    def write_catalogue(self) -> None:
        """Write the list of images that HTTP clients read.

        Raises:
            StoreError: it cannot be written.

        """
        listed = {name: self.versions(name) for name in self.names()}
        write_atomic(self.root / "catalogue.json", json.dumps(listed, sort_keys=True).encode("ascii"))

    def free_bytes(self) -> int:
        """Return how many bytes the medium of the store can still take."""
        import shutil  # noqa: PLC0415  only here

        return shutil.disk_usage(self.root).free

    def clean_parts(self, older_than: float) -> int:
        """Delete half-written files of killed writers; return how many.

        Args:
            older_than: seconds since 1970; younger files may belong to a running writer.

        """
        count = 0
        for file in self.root.rglob("*.part"):
            try:
                if file.stat().st_mtime < older_than:
                    file.unlink()
                    count += 1
            except OSError as error:
                if error.errno != errno.ENOENT:
                    raise StoreError(
                        _("Cannot remove {path}: {reason}.").format(path=file, reason=error.strerror)
                    ) from error
        return count


def _pack(content: bytes, level: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=level, write_content_size=True, write_checksum=True)
    return packer.compress(content)
