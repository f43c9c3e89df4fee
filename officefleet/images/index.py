"""The index of one image: what it is, which disk it needs, and the chunk at each place.

A chunk table row is ``<QI32s``: offset, length and SHA-256 of the content. What no row covers is zero.
Offsets and lengths are multiples of 4096 bytes but for the end of the image, so that every chunk can be
written to any disk without reading its neighbours first.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from officefleet.errors import SignatureError
from officefleet.i18n import _
from officefleet.images import canonical, index_fields
from officefleet.images.signed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from officefleet.images.ed25519 import Signer
    from officefleet.images.index_fields import Driver, Package, Partition, Table
    from officefleet.images.keys import KeySet, Trust

KIND = "officefleet-image/1"
ALIGNMENT = 4096
MAX_CHUNK = 1024 * 1024
HEAD_BYTES = 64 * 1024
LARGEST_INDEX = 256 * 1024 * 1024
_ROW = struct.Struct("<QI32s")


class Chunk(NamedTuple):
    """One stretch of the image that is not zero."""

    offset: int
    length: int
    digest: bytes

    @property
    def id(self) -> str:
        """The name of the chunk in a store: SHA-256 in hexadecimal."""
        return self.digest.hex()


class ChunkTable:
    """All chunks of an image by rising offset; 44 bytes of memory each."""

    def __init__(self, rows: bytes) -> None:
        self.rows = rows

    @classmethod
    def of(cls, chunks: Iterable[Chunk]) -> ChunkTable:
        """Return the table of `chunks`, given by rising offset."""
        return cls(b"".join(_ROW.pack(*chunk) for chunk in chunks))

    def __len__(self) -> int:
        return len(self.rows) // _ROW.size

    def __iter__(self) -> Iterator[Chunk]:
        return map(Chunk._make, _ROW.iter_unpack(self.rows))

    def __getitem__(self, number: int) -> Chunk:
        return Chunk._make(_ROW.unpack_from(self.rows, number * _ROW.size))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChunkTable) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(self.rows)

    def digests(self) -> set[bytes]:
        """Return the SHA-256 of each different chunk."""
        return {chunk.digest for chunk in self}

    def check(self, size: int) -> None:
        """Check that the chunks fit an image of `size` bytes, in order and without overlap.

        Raises:
            ValueError: they do not.

        """
        if len(self.rows) % _ROW.size:
            raise ValueError("the chunk table is cut off")
        end = 0
        for offset, length, _digest in self:
            if offset < HEAD_BYTES and (offset, length) != (0, min(HEAD_BYTES, size)):
                raise ValueError("the head is not one chunk")
            if offset < end or offset % ALIGNMENT or not 0 < length <= MAX_CHUNK:
                raise ValueError("a chunk is out of place")
            end = offset + length
            if end > size or (end % ALIGNMENT and end != size):
                raise ValueError("a chunk does not end where it may")


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One version of one golden image.

    Attributes:
        name: letters, digits, dots and dashes.
        version: rises with each build of `name`.
        created: seconds since 1970, UTC.
        expires: seconds since 1970, UTC; past it a restore refuses the image unless asked.
        system: "linux", "windows" or "other".
        size: bytes of the image.
        sector: bytes of a logical sector that the partition table counts in, 512 or 4096.
        minimum_disk: bytes of the smallest disk that the image fits.
        table: the GPT's variable fields, None when the image has no GPT.
        partitions: of the GPT or MBR.
        bill: installed packages.
        drivers: driver packages in the image.
        predecessor: version that this one was made from, 0 for none.
        chunks: where the content is.

    """

    name: str
    version: int
    created: int
    expires: int
    system: str
    size: int
    sector: int
    minimum_disk: int
    table: Table | None
    partitions: tuple[Partition, ...]
    bill: tuple[Package, ...]
    drivers: tuple[Driver, ...]
    predecessor: int
    chunks: ChunkTable

    def encode(self, signer: Signer) -> bytes:
        """Return the signed file of this index.

        Raises:
            ValueError: the fields contradict themselves: that is a bug of the builder.

        """
        self.chunks.check(self.size)
        fields = index_fields.to_fields(self)
        fields["chunks"] = base64.b64encode(self.chunks.rows).decode("ascii")
        index_fields.check(fields)
        return seal(KIND, fields, [signer])

    @property
    def content_bytes(self) -> int:
        """Bytes of the image that are not implicit zero."""
        return sum(chunk.length for chunk in self.chunks)


def read_index(
    data: bytes,
    keys: KeySet,
    trust: Trust,
    *,
    now: int,
    allow_older: bool = False,
    allow_expired: bool = False,
) -> Index:
    """Return the index in `data` if it is signed by a key in use and neither expired nor rolled back.

    Args:
        data: bytes of an ``.ofi`` file.
        keys: from `Trust.accept_keys`.
        trust: knows the lowest version that is accepted.
        now: seconds since 1970, UTC.
        allow_older: accept a version below the highest one seen, because the user asked.
        allow_expired: accept an expired image, because the user asked.

    Raises:
        SignatureError: forged, damaged, signed by an unknown or revoked key, expired or rolled back.

    """
    index = _verified(data, keys)
    place = f"{index.name} {index.version}"
    if now >= index.expires and not allow_expired:
        raise SignatureError(
            _("The image {image} has expired.").format(image=place),
            hint=_("Restore a newer version, or pass --allow-expired if there is none."),
        )
    lowest = trust.images.get(index.name, 0)
    if index.version < lowest and not allow_older:
        raise SignatureError(
            _("The image {image} is older than version {seen}, which was seen before.").format(
                image=place, seen=lowest
            ),
            hint=_("Pass --allow-older only if you mean to go back."),
        )
    return index


def _verified(data: bytes, keys: KeySet) -> Index:
    envelope = unseal(KIND, data, _("The image index"))
    if envelope.signatures.keys() & keys.revoked:
        raise SignatureError(
            _("The image is signed by a key that was revoked."), hint=_("Use a version signed since.")
        )
    if not envelope.verified_by(keys.keys):
        raise SignatureError(
            _("The image is not signed by a key of the groupement."),
            hint=_("Its index was changed, or was signed by somebody else."),
        )
    try:
        fields = canonical.decode(envelope.payload)
        index_fields.check(fields)
        table = ChunkTable(base64.b64decode(fields["chunks"], validate=True))
        table.check(fields["size"])
    except (ValueError, binascii.Error) as error:
        raise SignatureError(_("The image index is malformed: {reason}.").format(reason=error)) from error
    return Index(chunks=table, **index_fields.from_fields(fields))
