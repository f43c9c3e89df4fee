"""The smallest hive that is valid, for hivex to fill: a base block, one bin, a root key and its security.

Written from the public description of the format (github.com/msuhanov/regf).
"""

from __future__ import annotations

import functools
import operator
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 4096
_NONE = 0xFFFFFFFF
_EVERYTHING = 0xF003F
_SYSTEM = b"\x01\x01\0\0\0\0\0\x05" + struct.pack("<I", 18)


def write_hive(path: Path, *, sequences: tuple[int, int] = (1, 1)) -> None:
    """Write an empty hive; two sequence numbers that differ make it dirty."""
    name = b"ROOT"
    key_at = 32
    key_bytes = _cell_bytes(76 + len(name))
    security_at = key_at + key_bytes
    descriptor = _descriptor()
    security_bytes = _cell_bytes(20 + len(descriptor))
    free_at = security_at + security_bytes
    key = struct.pack(
        "<2sHQIIIIIIIIIIIIIIIHH",
        b"nk", 0x2C, 0, 0, 0, 0, 0, _NONE, _NONE, 0, _NONE, security_at, _NONE, 0, 0, 0, 0, 0, len(name), 0,
    ) + name  # fmt: skip
    security = struct.pack("<2sHIIII", b"sk", 0, security_at, security_at, 1, len(descriptor)) + descriptor
    data = bytearray(BLOCK)
    data[:32] = struct.pack("<4sIIQQI", b"hbin", 0, BLOCK, 0, 0, 0)
    for at, length, content in (
        (key_at, -key_bytes, key), (security_at, -security_bytes, security), (free_at, BLOCK - free_at, b""),
    ):  # fmt: skip
        struct.pack_into("<i", data, at, length)
        data[at + 4 : at + 4 + len(content)] = content
    path.write_bytes(_base(sequences, key_at) + data)


def _base(sequences: tuple[int, int], root: int) -> bytes:
    block = bytearray(BLOCK)
    struct.pack_into("<4sIIQIIIIIII", block, 0, b"regf", *sequences, 0, 1, 5, 0, 1, root, BLOCK, 1)
    checksum = functools.reduce(operator.xor, struct.unpack_from("<127I", block))
    struct.pack_into("<I", block, 508, {0: 1, _NONE: _NONE - 1}.get(checksum, checksum))
    return bytes(block)


def _descriptor() -> bytes:
    """Owner, group and full control: SYSTEM."""
    entry = struct.pack("<BBHI", 0, 2, 8 + len(_SYSTEM), _EVERYTHING) + _SYSTEM
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(entry), 1, 0) + entry
    owner = 20
    group = owner + len(_SYSTEM)
    return struct.pack("<BBHIIII", 1, 0, 0x8004, owner, group, 0, group + len(_SYSTEM)) + _SYSTEM * 2 + acl


def _cell_bytes(content: int) -> int:
    return (content + 4 + 7) // 8 * 8
