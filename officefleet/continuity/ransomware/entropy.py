"""How random a file's content looks."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import PurePosixPath

ENCRYPTED = 7.9
"""Bits a byte from which on 4 KiB or more look encrypted (uniformly random bytes of that length have about 7.95)."""

LEAST = 4096
"""Bytes below which the measure says little: n bytes cannot have more than log2(n) bits each."""

_DENSE = frozenset(
    [
        ".7z",
        ".avi",
        ".bz2",
        ".docx",
        ".flac",
        ".gif",
        ".gz",
        ".jar",
        ".jpeg",
        ".jpg",
        ".m4a",
        ".mkv",
        ".mp3",
        ".mp4",
        ".odp",
        ".ods",
        ".odt",
        ".ogg",
        ".pdf",
        ".png",
        ".pptx",
        ".rar",
        ".webm",
        ".webp",
        ".xlsx",
        ".xz",
        ".zip",
        ".zst",
        ".dcm",
        ".heic",
        ".age",
        ".gpg",
        ".kdbx",
    ]
)


def entropy(content: bytes) -> float:
    """Return the bits a byte of a content (Shannon, order 0): 0 for one repeated byte, at most 8."""
    total = len(content)
    if total == 0:
        return 0.0
    return -sum(count / total * math.log2(count / total) for count in Counter(content).values())


def is_dense(path: str) -> bool:
    """Return whether a healthy file of this name looks random, too: it is compressed or encrypted on purpose."""
    return PurePosixPath(path).suffix.lower() in _DENSE


def looks_encrypted(content: bytes) -> bool | None:
    """Return whether a content looks encrypted, None when it is too short to tell."""
    return None if len(content) < LEAST else entropy(content) >= ENCRYPTED
