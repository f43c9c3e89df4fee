"""Ed25519 through cryptography, or PyNaCl where a rescue environment has only that."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from officefleet.errors import SignatureError
from officefleet.i18n import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
_SHARED_MODE_BITS = 0o077


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether `signature` (64 bytes) is that of `message` by the key `public` (32 bytes)."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        module = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  either library may be absent
    except ImportError:
        return _nacl_verifies(public, signature, message)
    try:
        module.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _nacl_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    signing = importlib.import_module("nacl.signing")
    exceptions = importlib.import_module("nacl.exceptions")
    try:
        signing.VerifyKey(public).verify(message, signature)
    except (exceptions.CryptoError, ValueError):
        return False
    return True


class Signer:
    """A private key; it signs and never shows itself."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def __repr__(self) -> str:
        return f"Signer({self.id})"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`."""
        return self._private.sign(message)

    @classmethod
    def generate(cls) -> Signer:
        """Return a new key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  builder only
            Ed25519PrivateKey,
        )

        return cls(Ed25519PrivateKey.generate())

    def save(self, path: Path) -> None:
        """Write the key as PKCS #8 PEM, readable by its owner only; an existing file is never replaced.

        Raises:
            SignatureError: the file exists or cannot be written.

        """
        import os  # noqa: PLC0415  builder only

        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415  builder only

        pem = self._private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise SignatureError(
                _("Cannot write the key {path}: {reason}.").format(path=path, reason=error.strerror)
            ) from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, path: Path) -> Signer:
        """Return the key in a PEM file.

        Raises:
            SignatureError: no such file, not an Ed25519 key, or others can read it.

        """
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  builder only
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  builder only

        try:
            shared = path.stat().st_mode & _SHARED_MODE_BITS
            pem = path.read_bytes()
        except OSError as error:
            raise SignatureError(
                _("Cannot read the key {path}: {reason}.").format(path=path, reason=error.strerror)
            ) from error
        if shared and Path("/proc").exists():  # Windows reports no such bits
            raise SignatureError(
                _("The key {path} can be read by others.").format(path=path),
                hint=_("Run chmod 600 on it, and rotate the key if it may have been copied."),
            )
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise SignatureError(_("{path} is not a private key.").format(path=path)) from error
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise SignatureError(_("{path} is not an Ed25519 key.").format(path=path))
        return cls(private)
