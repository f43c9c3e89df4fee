"""The SSH keys at hand: which file or agent would answer for the person at the keyboard."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAGIC = b"openssh-key-v1\0"
_USUAL = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")


def keys_at_hand(key_file: str, home: Path | None = None) -> list[str]:
    """Return the public keys that a connection would offer, ``kind blob`` each.

    Args:
        key_file: the private key that was named; "" takes the agent's and the usual files.
        home: folder with ``.ssh``; the user's own by default.

    """
    if key_file:
        found = public_key(Path(key_file).expanduser())
        return [found] if found else []
    folder = (home or Path.home()) / ".ssh"
    files = (public_key(folder / name) for name in _USUAL)
    return list(dict.fromkeys([*_agent_keys(), *(one for one in files if one)]))


def public_key(file: Path) -> str | None:
    """Return the public half of a private key file, which need not be decrypted for it; None when it has none.

    An OpenSSH private key holds it in clear (PROTOCOL.key: magic, cipher, kdf, kdf options, number, public key);
    for the older formats the ``.pub`` file beside it is read.
    """
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    if "BEGIN OPENSSH PRIVATE KEY" in text:
        found = _openssh(text)
        if found:
            return found
    try:
        kind, blob = file.with_name(file.name + ".pub").read_text(encoding="utf-8").split()[:2]
    except (OSError, UnicodeDecodeError, ValueError):
        return None
    return f"{kind} {blob}"


def fingerprint(key: str) -> str:
    """Return a public key's fingerprint as sshd logs it: ``SHA256:...``."""
    digest = hashlib.sha256(base64.b64decode(key.split(" ")[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _openssh(text: str) -> str | None:
    lines = [line for line in text.splitlines() if line and not line.startswith("-----")]
    try:
        raw = base64.b64decode("".join(lines), validate=True)
        if not raw.startswith(_MAGIC):
            return None
        rest = raw[len(_MAGIC) :]
        for _part in ("cipher", "kdf", "options"):
            _value, rest = _string(rest)
        blob, _rest = _string(rest[4:])
        kind, _rest = _string(blob)
        return f"{kind.decode('ascii')} {base64.b64encode(blob).decode()}"
    except (ValueError, IndexError):
        return None


def _string(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("cut short")
    return data[4 : 4 + size], data[4 + size :]


def _agent_keys() -> Iterable[str]:
    import paramiko  # noqa: PLC0415  slow to import, and a named key file needs none

    try:
        agent = paramiko.Agent()
        try:
            return [f"{key.get_name()} {key.get_base64()}" for key in agent.get_keys()]
        finally:
            agent.close()
    except (paramiko.SSHException, OSError):
        return []
