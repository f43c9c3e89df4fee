"""An envelope of two lines: a header that holds the signatures, and the canonical payload that they cover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.errors import SignatureError
from officefleet.i18n import _
from officefleet.images import canonical
from officefleet.images.ed25519 import is_signed_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.images.ed25519 import Signer

_MAX_HEADER = 4096
_MAX_SIGNATURES = 8
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope; nothing in `payload` may be believed before `verified_by` says so."""

    kind: str
    signatures: dict[str, bytes]
    payload: bytes

    def verified_by(self, public_keys: Mapping[str, bytes]) -> list[str]:
        """Return the ids of those of `public_keys` (id to 32 bytes) whose signature holds."""
        message = _message(self.kind, self.payload)
        return [
            key
            for key, signature in self.signatures.items()
            if key in public_keys and is_signed_by(public_keys[key], signature, message)
        ]


def seal(kind: str, value: Any, signers: Sequence[Signer]) -> bytes:
    """Return the envelope of `value`, signed by each of `signers`; `kind` is covered by the signatures."""
    payload = canonical.encode(value)
    message = _message(kind, payload)
    signatures = {signer.id: signer.sign(message).hex() for signer in signers}
    return canonical.encode({"format": kind, "signatures": signatures}) + b"\n" + payload + b"\n"


def unseal(kind: str, data: bytes, name: str) -> Envelope:
    """Return the envelope in `data`; `name` says in errors where it came from.

    Raises:
        SignatureError: it is not exactly an envelope of this kind.

    """
    header, line_end, rest = data[: _MAX_HEADER + 1].partition(b"\n")
    if not line_end or not data.endswith(b"\n"):
        raise _malformed(name)
    payload = data[len(header) + 1 : -1]
    del rest
    if b"\n" in payload:
        raise _malformed(name)
    try:
        fields = canonical.decode(header)
    except ValueError as error:
        raise _malformed(name) from error
    if not isinstance(fields, dict) or set(fields) != {"format", "signatures"}:
        raise _malformed(name)
    if fields["format"] != kind:
        raise SignatureError(_("{name} is not of the format {kind}.").format(name=name, kind=kind))
    return Envelope(kind, _signatures(fields["signatures"], name), payload)


def _signatures(found: Any, name: str) -> dict[str, bytes]:
    if not isinstance(found, dict) or not 0 < len(found) <= _MAX_SIGNATURES:
        raise _malformed(name)
    for key, signature in found.items():
        if not (_KEY_ID.fullmatch(key) and isinstance(signature, str) and _SIGNATURE.fullmatch(signature)):
            raise _malformed(name)
    return {key: bytes.fromhex(signature) for key, signature in found.items()}


def _message(kind: str, payload: bytes) -> bytes:
    return kind.encode("ascii") + b"\0" + payload


def _malformed(name: str) -> SignatureError:
    return SignatureError(
        _("{name} is damaged or is not a signed file.").format(name=name),
        hint=_("Fetch it again from the store or from the removable copy."),
    )
