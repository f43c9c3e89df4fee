"""Throwaway Ed25519 key pairs in OpenSSH's formats, made in-process (no ssh-keygen)."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from pathlib import Path


def make_key(path: Path, *, comment: str) -> str:
    """Write a new private key to `path` (mode 0600) and its public key to `path` + ``.pub``.

    Returns:
        The public key as one line, ``"ssh-ed25519 AAAA... comment"``.

    Raises:
        FileExistsError: `path` is there already; keys are never overwritten.

    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    line = f"{public.decode()} {comment}"
    path.with_name(path.name + ".pub").write_text(line + "\n", encoding="utf-8")
    return line


def fingerprint(public_key: str) -> str:
    """Return a public key line's fingerprint as ``ssh-keygen -l`` prints it, ``"SHA256:..."``."""
    blob = base64.b64decode(public_key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
