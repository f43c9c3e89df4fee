"""Archives that a Linux kernel unpacks as an initramfs (the "newc" form of cpio, kernel's buffer-format.rst)."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAGIC = b"070701"
_TRAILER = "TRAILER!!!"
_ALIGN = 4


def archive(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """Return an archive of regular files, all of root.

    Args:
        files: path without a leading slash, to permission bits and content; parent folders are made, mode 0700
            below ``root`` and 0755 elsewhere.

    """
    out = bytearray()
    folders: set[str] = set()
    number = 1
    for path, (mode, content) in sorted(files.items()):
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in folders:
                folders.add(folder)
                private = parts[0] == "root"
                out += _member(folder, stat.S_IFDIR | (0o700 if private else 0o755), b"", number)
                number += 1
        out += _member(path, stat.S_IFREG | mode, content, number)
        number += 1
    return bytes(out + _member(_TRAILER, 0, b"", 0))


def _member(name: str, mode: int, content: bytes, number: int) -> bytes:
    raw = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(raw), 0)
    head = _MAGIC + b"".join(b"%08X" % field for field in fields)
    return _padded(head + raw) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGN)
