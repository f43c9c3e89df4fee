"""One pharmacy as one line of JSON: its digest, and which bytes of source and model it stands for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from officefleet.inventory.digest import Digest, HostDigest
from officefleet.inventory.local_checks import Finding

if TYPE_CHECKING:
    from officefleet.inventory.pharmacy_file import Read


class Row(NamedTuple):
    """A line that was read.

    Attributes:
        content: hash of the file that was read.
        size: bytes of the model's JSON.
        model: hash of the model's JSON.
        digest: the pharmacy in brief.

    """

    content: str
    size: int
    model: str
    digest: Digest


def content_hash(content: bytes) -> str:
    """Return the hash that stands for a content: BLAKE2b, 160 bits, hex."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def to_line(content: bytes, read: Read) -> bytes:
    """Return the line of a pharmacy, without its end."""
    row = (content_hash(content), len(read.model), content_hash(read.model), read.digest)
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def from_line(line: bytes | memoryview) -> Row:
    """Return the row of a line.

    Raises:
        ValueError: it is not such a line.

    """
    try:
        content, size, model, fields = json.loads(bytes(line))
        digest = Digest._make(fields)
        return Row(
            content,
            size,
            model,
            digest._replace(
                hosts=[HostDigest._make(host) for host in digest.hosts],
                findings=[Finding._make(finding) for finding in digest.findings],
            ),
        )
    except (TypeError, ValueError) as error:
        raise ValueError("not a row of the inventory cache") from error
