"""Filters that hash: files' checksums, passwords, names to UUIDs."""

from __future__ import annotations

import hashlib
import importlib
import re
import secrets
import string
import uuid
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, a_text, text_of, wrong_kind

_NAMESPACE = "361E6D51-FAEC-444A-9079-341386DA8E2E"  # the one that ansible-core documents for to_uuid
_SALT = re.compile(r"[./0-9A-Za-z]+")
SALT_LETTERS = string.ascii_letters + string.digits + "./"

# name -> (passlib's name, salt length, default rounds or None). The rounds are ansible-core 2.18's.
_SCHEMES: Final[dict[str, tuple[str, int, int | None]]] = {
    "md5": ("md5_crypt", 8, None),
    "blowfish": ("bcrypt", 22, 12),
    "sha256": ("sha256_crypt", 16, 535_000),
    "sha512": ("sha512_crypt", 16, 656_000),
}


def hashed(value: Any, hashtype: str = "sha1") -> str:
    """Return the hexadecimal digest of a text, SHA-1 unless told."""
    try:
        digest = hashlib.new(hashtype, usedforsecurity=False)
        digest.update(text_of(value).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
    except (ValueError, TypeError):  # a SHAKE digest has no length of its own
        raise TemplateError(_("unsupported hash type {name}").format(name=hashtype)) from None


def checksum(value: Any) -> str:
    """Return the SHA-1 digest of a text."""
    return hashed(value, "sha1")


def sha1(value: Any) -> str:
    """Return the SHA-1 digest of a text."""
    return hashed(value, "sha1")


def md5(value: Any) -> str:
    """Return the MD5 digest of a text."""
    return hashed(value, "md5")


def password_hash(
    value: Any,
    hashtype: str = "sha512",
    salt: str | None = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """Return a password as ``crypt`` stores it: sha512, sha256, md5 or blowfish (bcrypt)."""
    if not isinstance(value, (str, bytes)):
        raise wrong_kind("password_hash", a_text(), value)
    scheme, length, usual_rounds = _scheme(hashtype)
    chosen: dict[str, Any] = {"salt": _salt(scheme, salt, salt_size or length)}
    if rounds or usual_rounds:
        chosen["rounds"] = rounds or usual_rounds
    if ident is not None and scheme == "bcrypt":
        chosen["ident"] = ident
    return _crypt(scheme, chosen, text_of(value))


def salt_length(hashtype: str) -> int:
    """Return how many letters the salt of an algorithm has."""
    return _scheme(hashtype)[1]


def _scheme(hashtype: str) -> tuple[str, int, int | None]:
    name = hashtype.removesuffix("_crypt").replace("bcrypt", "blowfish")
    if name not in _SCHEMES:
        raise TemplateError(
            _("{name} is not in the list of supported passlib algorithms").format(name=name),
            hint=_("one of {names}").format(names=", ".join([*_SCHEMES, "bcrypt"])),
        )
    return _SCHEMES[name]


def _salt(scheme: str, salt: str | None, size: int) -> str:
    if salt is not None:
        if not _SALT.fullmatch(text_of(salt)):
            raise TemplateError(_("password_hash: a salt has only letters, digits, dots and slashes"))
        return text_of(salt)
    made = "".join(secrets.choice(SALT_LETTERS) for _position in range(size))
    return made[:-1] + secrets.choice(".Oeu") if scheme == "bcrypt" else made  # bcrypt's last is 2 bits


def _crypt(scheme: str, chosen: dict[str, Any], password: str) -> str:
    schemes = importlib.import_module("passlib.hash")  # 35 ms, for the few plays that hash a password

    try:
        handler = getattr(schemes, scheme).using(**chosen)
        return str(handler.hash(password))
    except (ValueError, TypeError) as error:
        raise TemplateError(_("password_hash: {reason}").format(reason=error)) from None


def to_uuid(value: Any, namespace: str | uuid.UUID = _NAMESPACE) -> str:
    """Return the same UUID (version 5) for the same text."""
    try:
        space = namespace if isinstance(namespace, uuid.UUID) else uuid.UUID(str(namespace))
    except ValueError:
        raise TemplateError(
            _("Invalid value '{text}' for 'namespace': not a UUID").format(text=namespace)
        ) from None
    return str(uuid.uuid5(space, text_of(value)))


FILTERS: Final[Plugins] = {
    "checksum": checksum,
    "hash": hashed,
    "md5": md5,
    "password_hash": password_hash,
    "sha1": sha1,
    "to_uuid": to_uuid,
}
