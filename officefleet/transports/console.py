"""Text of a Windows console: UTF-8 where its shell was opened so, else a code page of Western Europe."""

from __future__ import annotations


def decoded(data: bytes) -> str:
    """Return what a program has printed, as text; what no code page explains becomes U+FFFD."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp850", "replace")
