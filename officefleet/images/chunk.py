"""One chunk as a file: a zstd frame that states its size, named by the SHA-256 of its content."""

from __future__ import annotations

import hashlib

import zstandard

from officefleet.errors import ChunkError
from officefleet.i18n import _
from officefleet.images.index import MAX_CHUNK

LARGEST_PACKED = MAX_CHUNK + MAX_CHUNK // 128 + 1024


def chunk_path(chunk: str) -> str:
    """Return the path of a chunk below the root of a store, with slashes."""
    return f"chunks/{chunk[:2]}/{chunk}.zst"


def unpacked(packed: bytes, digest: bytes) -> bytes:
    """Return the content of a chunk, proven to be the right one.

    Args:
        packed: bytes of the file.
        digest: SHA-256 that the content must have.

    Raises:
        ChunkError: damaged, cut off anywhere, followed by more, over 1 MiB, or another content. Memory is bounded whatever
            `packed` says.

    """
    try:
        stated = zstandard.get_frame_parameters(packed).content_size
    except zstandard.ZstdError as error:
        raise damaged(digest) from error
    if not 0 < stated <= MAX_CHUNK:
        raise damaged(digest)
    whole = zstandard.ZstdDecompressor().decompressobj()
    try:
        content = whole.decompress(packed)
    except zstandard.ZstdError as error:
        raise damaged(digest) from error
    if not whole.eof or whole.unused_data or not is_content(content, digest):
        raise damaged(digest)
    return content


def unpack_into(packed: bytes, digest: bytes, view: memoryview) -> None:
    """Fill `view` with the content of a chunk; lengths and the frame's checksum are checked, the hash is not.

    Raises:
        ChunkError: damaged, cut off or of another length; `view` then holds anything.

    """
    try:
        if zstandard.get_frame_parameters(packed).content_size != len(view):
            raise damaged(digest)
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            if reader.readinto(view) != len(view) or reader.read(1):
                raise damaged(digest)
    except zstandard.ZstdError as error:
        raise damaged(digest) from error


def is_content(view: memoryview | bytes, digest: bytes) -> bool:
    """Return whether `view` is the content that `digest` names."""
    return hashlib.sha256(view).digest() == digest


def damaged(digest: bytes) -> ChunkError:
    """Return the error for a chunk whose content is not what its name says."""
    return ChunkError(
        _("Chunk {chunk} is damaged.").format(chunk=digest.hex()),
        hint=_("Run officefleet image scrub on the store, or restore from the removable copy."),
    )
