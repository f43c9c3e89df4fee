"""Ed25519 host keys in dropbear's file format: the SSH name, then private seed and public key as one string.

Source: dropbear's ed25519.c (buf_put_ed25519_priv_key); read back by ``dropbearkey -y`` in the tests.
"""

from __future__ import annotations

import base64
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_NAME = b"ssh-ed25519"


def host_key(seed: bytes | None = None) -> tuple[bytes, str]:
    """Return a host key as dropbear's file and as the public line of a known_hosts file.

    Args:
        seed: 32 bytes; fresh ones by default.

    """
    key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    private = _string(_NAME) + _string(key.private_bytes_raw() + public)
    line = base64.b64encode(_string(_NAME) + _string(public)).decode("ascii")
    return private, f"ssh-ed25519 {line}"


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
