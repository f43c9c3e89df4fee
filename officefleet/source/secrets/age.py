"""age (https://age-encryption.org/v1): texts encrypted to recipients' public keys, opened with an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import SecretError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
BINARY = b"age-encryption.org/v1\n"
_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"


def is_age(data: bytes) -> bool:
    """Return whether a file's content (or its beginning) is age's."""
    return data.startswith(BINARY) or data.lstrip()[: len(ARMOR)] == ARMOR


def identities(text: str, source: str) -> list[Any]:
    """Return the identities of a key file as ``age-keygen`` writes it, or of an OpenSSH private key.

    Args:
        text: the file's content; lines that begin with # are remarks.
        source: where it is from, for errors.

    Raises:
        SecretError: it holds none or is malformed; the message shows nothing of it.

    """
    import pyrage  # noqa: PLC0415  not needed by runs without age

    if text.lstrip().startswith(_OPENSSH):
        try:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        except pyrage.IdentityError:
            raise SecretError(
                _("{source} is an SSH key that age cannot use").format(source=source),
                hint=_("ed25519 and RSA keys without a passphrase can be used"),
            ) from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        try:
            found.append(pyrage.x25519.Identity.from_str(word))
        except pyrage.IdentityError:
            raise SecretError(
                _("{source}: line {number} is not an age identity").format(source=source, number=number),
                hint=_(
                    "one begins with AGE-SECRET-KEY-1; `age-keygen` or `officefleet vault keygen` makes one"
                ),
            ) from None
    if not found:
        raise SecretError(_("{source} holds no age identity").format(source=source))
    return found


def keygen() -> tuple[str, str]:
    """Return a fresh (identity, recipient)."""
    import pyrage  # noqa: PLC0415  see above

    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())


def decrypt(data: bytes, keys: Sequence[Any]) -> bytes | None:
    """Return the plain content, or None when no identity fits or the content was damaged."""
    import pyrage  # noqa: PLC0415  see above

    text = data.strip() + b"\n" if data.lstrip().startswith(ARMOR) else data
    try:
        return bytes(pyrage.decrypt(text, list(keys)))
    except pyrage.DecryptError:
        return None


def encrypt(plain: bytes, recipients: Sequence[str]) -> bytes:
    """Return content encrypted to every recipient, in armour.

    Raises:
        SecretError: none, or one that is no recipient.

    """
    import pyrage  # noqa: PLC0415  see above

    if not recipients:
        raise SecretError(_("no recipient"), hint=_("name one with --recipient or --pharmacy"))
    keys: list[Any] = []
    for word in recipients:
        kind = pyrage.ssh if word.startswith("ssh-") else pyrage.x25519
        try:
            keys.append(kind.Recipient.from_str(word))
        except pyrage.RecipientError:
            raise SecretError(
                _("{word!r} is not an age recipient").format(word=word),
                hint=_("one begins with age1, or is an SSH public key"),
            ) from None
    return bytes(pyrage.encrypt(plain, keys, armored=True))
