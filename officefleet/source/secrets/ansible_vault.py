"""ansible-vault's file format 1.1 and 1.2: AES-256 in counter mode, authenticated with HMAC-SHA256.

Format as ansible-core documents it ("Format of files encrypted with Ansible Vault" in the Vault guide): a header line
``$ANSIBLE_VAULT;1.1;AES256`` or ``$ANSIBLE_VAULT;1.2;AES256;LABEL``, then hexadecimal text in lines of 80. Keys come
from the password by PBKDF2 with HMAC-SHA256, 10,000 rounds: 32 bytes cipher key, 32 bytes HMAC key, 16 bytes counter.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from binascii import Error as HexError
from binascii import hexlify, unhexlify
from dataclasses import dataclass
from typing import Any

HEADER = b"$ANSIBLE_VAULT;"
_ROUNDS = 10_000
_KEY = 32
_BLOCK = 16
_SALT = 32
_WIDTH = 80


class NotAVaultError(ValueError):
    """The text is not in ansible-vault's format; says in what way, never with a part of it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An encrypted text taken apart.

    Attributes:
        label: the vault id of format 1.2, "" without one.
        salt: for the key.
        digest: HMAC-SHA256 of `content`.
        content: AES-256-CTR of the padded plaintext.

    """

    label: str
    salt: bytes
    digest: bytes
    content: bytes


def parse(data: bytes) -> Envelope:
    """Take an encrypted text apart.

    Raises:
        NotAVaultError: header, version, cipher or body are not what the format says.

    """
    lines = data.split()
    head = lines[0].split(b";") if lines else []
    if not data.lstrip().startswith(HEADER) or len(head) < 3:  # noqa: PLR2004  name, version, cipher
        raise NotAVaultError("no header")
    version, cipher = head[1], head[2]
    if version not in (b"1.1", b"1.2"):
        raise NotAVaultError("version")
    if cipher != b"AES256":
        raise NotAVaultError("cipher")
    first, _newline, body = data.lstrip().partition(b"\n")
    fields = first.strip().split(b";", 3)  # a label may hold blanks: it ends with the line
    label = b"".join(fields[3:]).decode("utf-8", "replace") if version == b"1.2" else ""
    try:
        salt, digest, content = (
            unhexlify(part) for part in unhexlify(b"".join(body.split())).split(b"\n", 2)
        )
    except (HexError, ValueError):
        raise NotAVaultError("body") from None
    return Envelope(label, salt, digest, content)


def decrypt(envelope: Envelope, password: bytes) -> bytes | None:
    """Return the plaintext, or None when the password is another one (or the text was damaged)."""
    cipher_key, mac_key, counter = _keys(password, envelope.salt)
    if not hmac.compare_digest(hmac.digest(mac_key, envelope.content, "sha256"), envelope.digest):
        return None
    worker = _cipher(cipher_key, counter).decryptor()
    padded = worker.update(envelope.content) + worker.finalize()
    if not padded or not 1 <= padded[-1] <= _BLOCK or padded[-1] > len(padded):
        return None
    return bytes(padded[: -padded[-1]])


def encrypt(plain: bytes, password: bytes, label: str = "", salt: bytes | None = None) -> bytes:
    """Return a text encrypted, ending in a newline.

    Args:
        plain: any bytes.
        password: not empty.
        label: vault id; with one the format is 1.2.
        salt: random bytes, None for fresh ones.

    Raises:
        ValueError: an empty password, or a label with ";", a control character or one beyond ASCII.

    """
    if not password:
        raise ValueError("an empty password")
    if ";" in label or not label.isprintable() or not label.isascii():  # Ansible takes ASCII only
        raise ValueError("label")
    salt = os.urandom(_SALT) if salt is None else salt
    cipher_key, mac_key, counter = _keys(password, salt)
    fill = _BLOCK - len(plain) % _BLOCK
    worker = _cipher(cipher_key, counter).encryptor()
    content = worker.update(plain + bytes([fill]) * fill) + worker.finalize()
    digest = hmac.digest(mac_key, content, "sha256")
    body = hexlify(b"\n".join(hexlify(part) for part in (salt, digest, content))).decode()
    named = label and label != "default"
    head = f"$ANSIBLE_VAULT;1.2;AES256;{label}" if named else "$ANSIBLE_VAULT;1.1;AES256"
    lines = [head, *(body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH))]
    return ("\n".join(lines) + "\n").encode()


def _cipher(key: bytes, counter: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  40 ms, rarely needed

    return Cipher(algorithms.AES(key), modes.CTR(counter))


def _keys(password: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    made = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 2 * _KEY + _BLOCK)
    return made[:_KEY], made[_KEY : 2 * _KEY], made[2 * _KEY :]
