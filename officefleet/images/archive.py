"""One store in one tar file, for media or mail gateways that want a single file.

No path of an archive is ever used as a path: a member's name must be exactly one of the store's own forms,
and what it holds is stored under the name that its proven content has.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
from typing import TYPE_CHECKING

from officefleet.errors import ImageError, StoreError
from officefleet.i18n import _
from officefleet.images.chunk import LARGEST_PACKED, chunk_path
from officefleet.images.index import LARGEST_INDEX
from officefleet.images.keys import MAX_BYTES
from officefleet.images.lease import held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from officefleet.images.index import Index
    from officefleet.images.store import Store

_CHUNK = re.compile(r"chunks/([0-9a-f]{2})/(\1[0-9a-f]{62})\.zst")
_INDEX = re.compile(r"index/([a-z0-9][a-z0-9.-]{0,62})/([1-9][0-9]{0,8})\.ofi")


def write_archive(
    store: Store, path: Path, wanted: Sequence[tuple[str, int]], read: Callable[[bytes], Index]
) -> int:
    """Write images with their key set into a tar file; return its size in bytes.

    Raises:
        SignatureError: an index is not signed as it should be.
        ChunkError: a chunk is missing.
        StoreError: the file cannot be written; no half of it is left.

    """
    data = [(name, version, store.read_index(name, version)) for name, version in wanted]
    needed = sorted({digest.hex() for _n, _v, one in data for digest in read(one).chunks.digests()})
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                _add(tar, "keys.json", store.read_keys())
                for chunk in needed:
                    _add(tar, chunk_path(chunk), store.read_chunk(chunk))
                for name, version, one in data:
                    _add(tar, f"index/{name}/{version}.ofi", one)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(
            _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def read_archive(
    path: Path, store: Store, accept_keys: Callable[[bytes], Callable[[bytes], Index]]
) -> list[tuple[str, int]]:
    """Add the images of a tar file to a store; return their names and versions.

    Args:
        path: of the tar file.
        store: where to.
        accept_keys: verifies the archive's key set and returns what verifies and parses its indexes.

    Raises:
        ImageError: the archive holds anything but a store: a foreign name, a link, a device.
        SignatureError: a key set or an index is not signed as it should be.
        ChunkError: a chunk is damaged or missing; no image that needs it becomes visible.

    """
    read: Callable[[bytes], Index] | None = None
    indexes: list[tuple[Index, bytes]] = []
    try:
        with tarfile.open(path, "r:") as tar, held(store) as lease:
            for member in tar:
                if member.name == "keys.json":
                    read = accept_keys(_content(tar, member, MAX_BYTES))
                elif chunk := _CHUNK.fullmatch(member.name):
                    lease.claim(chunk[2])
                    store.put_packed(chunk[2], _content(tar, member, LARGEST_PACKED))
                elif _INDEX.fullmatch(member.name) and read is not None:
                    data = _content(tar, member, LARGEST_INDEX)
                    indexes.append((read(data), data))
                else:
                    raise _foreign(path, member.name)
            for index, data in indexes:
                if index.version not in store.versions(index.name):
                    store.publish(index, data)
    except (tarfile.TarError, EOFError) as error:
        raise ImageError(_("{path} is damaged or is no archive of images.").format(path=path)) from error
    except OSError as error:
        raise StoreError(
            _("Cannot read {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    if not indexes:
        raise ImageError(_("{path} is damaged or is no archive of images.").format(path=path))
    return [(index.name, index.version) for index, _data in indexes]


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o644
    tar.addfile(member, io.BytesIO(data))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None or member.size > limit:
        raise _foreign(str(tar.name), member.name)
    data = file.read(limit + 1)
    if len(data) != member.size:
        raise tarfile.ReadError("cut off")
    return data


def _foreign(path: Path | str, name: str) -> ImageError:
    return ImageError(
        _("The archive {path} holds {name}, which no archive of images holds.").format(
            path=path, name=repr(name)
        ),
        hint=_("Do not use it: it was made or changed by somebody else."),
    )
