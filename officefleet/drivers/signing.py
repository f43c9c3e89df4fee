"""The catalogue's signature: an Ed25519-signed manifest with the SHA-256 of every file.

A verdict decides whether a machine is touched, so a catalogue that anyone could have edited is worth nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from officefleet.errors import DriverError, Mark, OfficefleetError
from officefleet.i18n import _
from officefleet.inventory.invalid import refuse

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
_PURPOSE = b"officefleet driver catalogue 1\n"
"""Signed before the content, so that a signature made for something else never passes here."""


class CatalogSignatureError(DriverError):
    """The catalogue is unsigned, changed, signed by another key or older than one already seen."""

    code: ClassVar[str] = "driver.signature"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was signed.

    Attributes:
        serial: grows with each signature; an older one is a rollback.
        files: path below the catalogue, with ``/``, to the SHA-256 in hex.
        signer: hex SHA-256 of the raw public key.

    """

    serial: int
    files: dict[str, str]
    signer: str


def create_key(private: Path) -> Path:
    """Write a new private key (mode 0600) and its public key beside it (``.pub``); return the latter's path.

    Raises:
        CatalogSignatureError: the file exists or cannot be written.

    """
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.with_name(private.name + ".pub")
    try:
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        public.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    except OSError as error:
        raise CatalogSignatureError(
            _("cannot write the key: {reason}").format(reason=error.strerror or error),
            mark=Mark(str(private)),
        ) from None
    return public


def sign(root: Path, private: Path) -> Manifest:
    """Sign every file of a catalogue; writes ``manifest.json`` in it.

    Raises:
        CatalogSignatureError: the key is not an Ed25519 private key, or a file cannot be read.

    """
    key = _load_private(private)
    signer = _fingerprint(key.public_key())
    serial = _serial(root) + 1
    manifest = Manifest(serial, _hashes(root), signer)
    body = _body(manifest)
    signature = base64.b64encode(key.sign(_PURPOSE + _canonical(body))).decode()
    text = json.dumps({**body, "signature": signature}, indent=1, sort_keys=True)
    (root / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def verify(root: Path, public: Path, *, minimum_serial: int = 0) -> Manifest:
    """Return the manifest of a catalogue whose every file is as it was signed.

    Raises:
        CatalogSignatureError: unsigned, forged, of another key, rolled back; or files that were changed,
            added or removed (several as `ProblemsError`).

    """
    place = Mark(str(root / MANIFEST))
    data = _read(root, place)
    manifest, signature = _parse(data, place)
    key = _load_public(public)
    if manifest.signer != _fingerprint(key):
        raise CatalogSignatureError(
            _("the catalogue was signed by another key"), mark=place, hint=_("ask the groupement for its key")
        )
    try:
        key.verify(signature, _PURPOSE + _canonical(_body(manifest)))
    except InvalidSignature:
        raise CatalogSignatureError(
            _("the signature does not fit the manifest"), mark=place, hint=_("fetch the catalogue again")
        ) from None
    if manifest.serial < minimum_serial:
        raise CatalogSignatureError(
            _("the catalogue is number {serial}, number {minimum} was already in use").format(
                serial=manifest.serial, minimum=minimum_serial
            ),
            mark=place,
            hint=_("an older catalogue was put back: fetch the current one"),
        )
    problems = _compare(root, manifest.files, _hashes(root))
    if problems:
        raise refuse(problems)
    return manifest


def _compare(root: Path, signed: dict[str, str], found: dict[str, str]) -> list[OfficefleetError]:
    problems: list[OfficefleetError] = []
    for name in sorted(signed.keys() | found.keys()):
        if signed.get(name) == found.get(name):
            continue
        if name not in found:
            message = _("the signed file is missing")
        elif name not in signed:
            message = _("the file is not signed")
        else:
            message = _("the file is not the one that was signed")
        problems.append(
            CatalogSignatureError(
                message, mark=Mark(str(root / name)), hint=_("restore it, or sign the catalogue again")
            )
        )
    return problems


def _hashes(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a catalogue but the manifest; links are refused."""
    found = {}
    try:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                raise CatalogSignatureError(_("a link has no place in a catalogue"), mark=Mark(str(path)))
            if path.is_file() and name != MANIFEST:
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CatalogSignatureError(
            _("cannot read the file: {reason}").format(reason=error.strerror or error),
            mark=Mark(str(error.filename or root)),
        ) from None
    return found


def _read(root: Path, place: Mark) -> dict[str, Any]:
    try:
        data = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise CatalogSignatureError(
            _("the catalogue is not signed"), mark=place, hint=_("officefleet drivers sign signs it")
        ) from None
    except (ValueError, RecursionError):
        raise CatalogSignatureError(_("the manifest is not JSON"), mark=place) from None
    if not isinstance(data, dict):
        raise CatalogSignatureError(_("the manifest is malformed"), mark=place)
    return data


def _parse(data: dict[str, Any], place: Mark) -> tuple[Manifest, bytes]:
    files, serial, signer = data.get("files"), data.get("serial"), data.get("signer")
    well_formed = (
        data.get("format") == 1
        and isinstance(serial, int)
        and isinstance(signer, str)
        and isinstance(files, dict)
        and all(isinstance(value, str) for value in files.values())
        and isinstance(data.get("signature"), str)
    )
    if not well_formed:
        raise CatalogSignatureError(_("the manifest is malformed"), mark=place)
    try:
        signature = base64.b64decode(data["signature"], validate=True)
    except (binascii.Error, ValueError):
        raise CatalogSignatureError(_("the manifest is malformed"), mark=place) from None
    return Manifest(data["serial"], dict(data["files"]), data["signer"]), signature


def _serial(root: Path) -> int:
    try:
        found = json.loads((root / MANIFEST).read_text(encoding="utf-8"))["serial"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return found if isinstance(found, int) else 0


def _body(manifest: Manifest) -> dict[str, Any]:
    return {"format": 1, "serial": manifest.serial, "signer": manifest.signer, "files": manifest.files}


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _fingerprint(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def _load_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise CatalogSignatureError(
            _("this is not an Ed25519 private key"),
            mark=Mark(str(path)),
            hint=_("officefleet drivers key makes one"),
        )
    return key


def _load_public(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise CatalogSignatureError(_("this is not an Ed25519 public key"), mark=Mark(str(path)))
    return key
