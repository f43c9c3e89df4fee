"""Hashes of passwords as web servers read them. Standard library only.

apr1 is Apache's variant of the MD5 crypt of FreeBSD: https://httpd.apache.org/docs/2.4/misc/password_encryptions.html
"""

from __future__ import annotations

import os

from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from typing import Any

_LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MAGIC = {
    "apr_md5_crypt": "$apr1$",
    "portable_apache22": "$apr1$",
    "host_apache24": "$apr1$",
    "md5_crypt": "$1$",
}
_METHODS = {"des_crypt": "CRYPT", "sha256_crypt": "SHA256", "sha512_crypt": "SHA512", "bcrypt": "BLOWFISH"}
_ROUNDS = 1000


def fits(password: str, found: str) -> bool:
    """Return whether a hash is one of the password."""
    import hmac

    for magic in ("$apr1$", "$1$"):
        if found.startswith(magic):
            salt = found[len(magic) :].split("$", maxsplit=1)[0]
            return hmac.compare_digest(md5_crypt(password, salt, magic), found)
    if found.startswith("{SHA}"):
        return hmac.compare_digest(_sha1(password), found)
    if hmac.compare_digest(found.encode(), password.encode()):
        return True
    crypt = _crypt()
    return crypt is not None and hmac.compare_digest(
        (crypt.crypt(password, found) or "").encode(), found.encode()
    )


def make(password: str, scheme: str) -> str:
    """Return a new hash of a password.

    Raises:
        Failed: the host has no library for the scheme.

    """
    if scheme in _MAGIC:
        salt = "".join(_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(8))
        return md5_crypt(password, salt, _MAGIC[scheme])
    if scheme == "ldap_sha1":
        return _sha1(password)
    if scheme == "plaintext":
        return password
    crypt = _crypt()
    if crypt is None:
        raise Failed("the host's Python has no module crypt, which %s needs" % scheme)
    return str(crypt.crypt(password, crypt.mksalt(getattr(crypt, "METHOD_" + _METHODS[scheme]))))


def _crypt() -> Any:
    """Return Python's module crypt, None where it is gone."""
    import importlib
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated in 3.11, gone in 3.13
        try:
            return importlib.import_module("crypt")
        except ImportError:
            return None


def _sha1(password: str) -> str:
    import base64
    import hashlib

    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324  the scheme's


def md5_crypt(password: str, salt: str, magic: str) -> str:
    """Return the MD5 crypt of a password, with its magic and salt in front."""
    import hashlib

    secret, grain = password.encode(), salt[:8].encode()
    inner = hashlib.md5(secret + grain + secret).digest()  # noqa: S324  the scheme's
    text = secret + magic.encode() + grain
    text += (inner * (len(secret) // 16 + 1))[: len(secret)]
    left = len(secret)
    while left:
        text += b"\0" if left & 1 else secret[:1]
        left >>= 1
    digest = hashlib.md5(text).digest()  # noqa: S324
    for number in range(_ROUNDS):
        text = secret if number & 1 else digest
        text += (grain if number % 3 else b"") + (secret if number % 7 else b"")
        text += digest if number & 1 else secret
        digest = hashlib.md5(text).digest()  # noqa: S324
    return "%s%s$%s" % (magic, salt[:8], _in_letters(digest))


def _in_letters(digest: bytes) -> str:
    groups = [(digest[one], digest[one + 6], digest[one + 12 if one < 4 else 5]) for one in range(5)]  # noqa: PLR2004
    found = ""
    for first, second, third in groups:
        value = first << 16 | second << 8 | third
        found += "".join(_LETTERS[value >> 6 * place & 63] for place in range(4))
    return found + "".join(_LETTERS[digest[11] >> 6 * place & 63] for place in range(2))
