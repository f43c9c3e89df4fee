"""The signed key set and what a machine trusts.

The root key stays offline. It signs a key set: the keys that may sign images now, and the keys that may
never again. A machine pins the root's public key; a key set signed by the pinned root may name a new root,
and must then be signed by the new one too. Versions only rise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from officefleet.errors import SignatureError
from officefleet.i18n import _
from officefleet.images import canonical
from officefleet.images.atomic import write_atomic
from officefleet.images.ed25519 import key_id
from officefleet.images.signed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from officefleet.images.ed25519 import Signer

KIND = "officefleet-keys/1"
MAX_BYTES = 256 * 1024
_FIELDS = {"version", "created", "expires", "root", "keys", "revoked"}
_PUBLIC = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that may sign images.

    Attributes:
        version: rises by at least one with each change.
        created: seconds since 1970, UTC.
        expires: seconds since 1970, UTC; past it the set is refused.
        root: public key, 32 bytes, that must sign the next key set.
        keys: id to public key of each key in use.
        revoked: ids of keys whose signatures no longer count, whatever they signed.

    """

    version: int
    created: int
    expires: int
    root: bytes
    keys: dict[str, bytes]
    revoked: frozenset[str] = frozenset()

    def encode(self, signers: Sequence[Signer]) -> bytes:
        """Return the signed file; `signers` are the pinned root and, when it changes, the new one."""
        fields = {
            "version": self.version,
            "created": self.created,
            "expires": self.expires,
            "root": self.root.hex(),
            "keys": {key: public.hex() for key, public in self.keys.items()},
            "revoked": sorted(self.revoked),
        }
        return seal(KIND, fields, signers)

    def rotated(
        self, *, add: Sequence[bytes] = (), revoke: Sequence[str] = (), created: int, expires: int
    ) -> KeySet:
        """Return the next key set, unsigned, with public keys added and others revoked.

        Raises:
            SignatureError: a key to revoke is unknown, or a revoked key would come back.

        """
        keys = dict(self.keys)
        for public in add:
            if key_id(public) in self.revoked:
                raise SignatureError(_("Key {key} was revoked.").format(key=key_id(public)))
            keys[key_id(public)] = public
        for key in revoke:
            if key not in keys:
                raise SignatureError(_("Key {key} is not in the key set.").format(key=key))
            del keys[key]
        return KeySet(self.version + 1, created, expires, self.root, keys, self.revoked | frozenset(revoke))


@dataclass(frozen=True, slots=True)
class Trust:
    """What a machine believes before it asks a store: a root key and the highest versions it has seen.

    Attributes:
        root: the pinned public key, 32 bytes.
        keys_version: lowest version of the key set that is accepted.
        images: image name to the lowest version that is accepted.

    """

    root: bytes
    keys_version: int = 1
    images: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Trust:
        """Return the trust written in a file.

        Raises:
            SignatureError: the file is missing or malformed: nothing is trusted then.

        """
        try:
            fields = canonical.decode(path.read_bytes().rstrip(b"\n"))
        except OSError as error:
            raise SignatureError(
                _("Cannot read the trusted keys in {path}: {reason}.").format(
                    path=path, reason=error.strerror
                ),
                hint=_("Create it with officefleet image keys trust."),
            ) from error
        except ValueError as error:
            raise SignatureError(_("{path} is not a file of trusted keys.").format(path=path)) from error
        return cls._from_fields(fields, path)

    @classmethod
    def _from_fields(cls, fields: Any, path: Path) -> Trust:
        wrong = SignatureError(_("{path} is not a file of trusted keys.").format(path=path))
        if not isinstance(fields, dict) or set(fields) != {"root", "keys_version", "images"}:
            raise wrong
        root, images = fields["root"], fields["images"]
        if not isinstance(root, str) or not _PUBLIC.fullmatch(root) or not isinstance(images, dict):
            raise wrong
        if not all(_is_version(version) for version in (*images.values(), fields["keys_version"])):
            raise wrong
        return cls(bytes.fromhex(root), fields["keys_version"], images)

    def save(self, path: Path) -> None:
        """Write the trust to a file, atomically.

        Raises:
            StoreError: it cannot be written.

        """
        fields = {"root": self.root.hex(), "keys_version": self.keys_version, "images": self.images}
        write_atomic(path, canonical.encode(fields) + b"\n")

    def accept_keys(self, data: bytes, *, now: int) -> tuple[KeySet, Trust]:
        """Return the key set in `data` and the trust to keep from now on.

        Args:
            data: bytes of the store's ``keys.json``.
            now: seconds since 1970, UTC.

        Raises:
            SignatureError: not signed by the pinned root, malformed, expired, or older than one seen before.

        """
        envelope = unseal(KIND, data, "keys.json")
        if not envelope.verified_by({key_id(self.root): self.root}):
            raise SignatureError(
                _("The key set is not signed by the pinned root key {key}.").format(key=key_id(self.root)),
                hint=_("Somebody changed the store, or this machine trusts another groupement's root."),
            )
        keys = _parse_keys(envelope.payload)
        if keys.root != self.root and not envelope.verified_by({key_id(keys.root): keys.root}):
            raise SignatureError(_("The key set names a new root key that did not sign it."))
        if keys.version < self.keys_version:
            raise SignatureError(
                _("The key set has version {found}, but version {seen} was seen before.").format(
                    found=keys.version, seen=self.keys_version
                ),
                hint=_("Somebody put back an older key set; fetch the current one from the groupement."),
            )
        if now >= keys.expires:
            raise SignatureError(
                _("The key set has expired."), hint=_("Ask the groupement for the current key set.")
            )
        return keys, replace(self, root=keys.root, keys_version=keys.version)

    def seen(self, name: str, version: int) -> Trust:
        """Return the trust that no longer accepts versions of image `name` below `version`."""
        return replace(self, images={**self.images, name: max(version, self.images.get(name, 0))})


def _parse_keys(payload: bytes) -> KeySet:
    wrong = SignatureError(_("The key set is malformed."))
    try:
        fields = canonical.decode(payload)
    except ValueError as error:
        raise wrong from error
    if not isinstance(fields, dict) or set(fields) != _FIELDS:
        raise wrong
    if not all(_is_version(fields[name]) for name in ("version", "created", "expires")):
        raise wrong
    keys, revoked, root = fields["keys"], fields["revoked"], fields["root"]
    if not (isinstance(keys, dict) and isinstance(revoked, list) and _is_public(root)):
        raise wrong
    if not all(_is_public(public) and key_id(bytes.fromhex(public)) == key for key, public in keys.items()):
        raise wrong
    if not all(isinstance(key, str) and _ID.fullmatch(key) for key in revoked) or set(keys) & set(revoked):
        raise wrong
    return KeySet(
        version=fields["version"],
        created=fields["created"],
        expires=fields["expires"],
        root=bytes.fromhex(root),
        keys={key: bytes.fromhex(public) for key, public in keys.items()},
        revoked=frozenset(revoked),
    )


def _is_public(value: object) -> bool:
    return isinstance(value, str) and _PUBLIC.fullmatch(value) is not None


def _is_version(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
