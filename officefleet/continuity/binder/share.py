"""Sharing cures between pharmacies: anonymous, signed, and never more than text and counts.

A shared binder carries no playbook: at most the name of one that the reader has already.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from officefleet.continuity.binder.anonymous import anonymous
from officefleet.continuity.binder.cures import Cure, cure_id
from officefleet.continuity.binder.page import Kb, PlaybookName  # noqa: TC001  pydantic reads them at run time
from officefleet.errors import ContinuityError, ExitCode, Mark
from officefleet.i18n import _
from officefleet.images.ed25519 import PUBLIC_BYTES, is_signed_by, key_id
from officefleet.models.base import Model, Slug, UsbId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from officefleet.images.ed25519 import Signer

LARGEST = 4 * 1024 * 1024
"""Bytes of a shared binder; 5,000 cures fit."""

_PURPOSE = b"officefleet binder 1\n"
"""Signed before the content, so that a signature made for something else never passes here."""

Line = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$")
]
"""Text of others: no control characters, for it is shown on terminals."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class ShareError(ContinuityError):
    """A shared binder is unsigned, forged, too large or malformed."""

    code = "continuity.share"
    exit_code = ExitCode.INVALID


class SharedCure(Model):
    """One cure, as pharmacies share it."""

    symptom: Annotated[Line, StringConstraints(min_length=1)]
    remedy: Line = ""
    device: UsbId | None = None
    driver: Slug | None = None
    build: Annotated[int, Field(ge=10000, le=99999)] | None = None
    kb: Kb | None = None
    playbook: PlaybookName | None = None
    worked: Count
    failed: Count = 0
    places: Count = 1


class SharedBinder(Model):
    """What is signed."""

    format: Literal[1] = 1
    kind: Literal["officefleet binder"] = "officefleet binder"
    cures: Annotated[tuple[SharedCure, ...], Field(max_length=5000)] = ()


def export(cures: Iterable[Cure], private: Iterable[str], signer: Signer) -> tuple[str, int, int]:
    """Return the text of a shared binder, how many cures are in it and how many were left out as too personal."""
    words = tuple(private)
    shared, left = [], 0
    for one in cures:
        symptom, remedy = anonymous(one.symptom, words)[:500], anonymous(one.remedy, words)[:500]
        if not symptom or not (remedy or one.playbook):
            left += 1
            continue
        shared.append(
            SharedCure(
                symptom=symptom, remedy=remedy, device=one.device or None, driver=one.driver or None, build=one.build,
                kb=one.kb or None, playbook=one.playbook or None, worked=one.worked, failed=one.failed,
                places=one.places,
            )
        )  # fmt: skip
    content = SharedBinder(cures=tuple(shared)).model_dump(mode="json", exclude_none=True)
    signature = base64.b64encode(signer.sign(_PURPOSE + _canonical(content))).decode()
    whole = {"binder": content, "signer": signer.public.hex(), "signature": signature}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n", len(shared), left


def read_key(text: str) -> bytes:
    """Return a public key, given as 64 hexadecimal digits or as the file that holds them.

    Raises:
        ShareError: neither.

    """
    found = text.strip()
    if not re.fullmatch(r"[0-9a-fA-F]{64}", found):
        try:
            found = Path(text).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", found) or len(bytes.fromhex(found)) != PUBLIC_BYTES:
        raise ShareError(
            _("{text!r} is no public key").format(text=text),
            hint=_("give its 64 hexadecimal digits, or the .pub file that `officefleet incident key` wrote"),
        )
    return bytes.fromhex(found)


def load(path: Path, public: bytes, playbooks: Sequence[str]) -> tuple[str, list[Cure]]:
    """Return the signer's id and the cures of a shared binder that `public` has signed.

    Args:
        path: the file.
        public: the key that must have signed it.
        playbooks: names of the cures that this repository holds; others become text only.

    Raises:
        ShareError: too large, malformed, unsigned, signed by another key.

    """
    mark = Mark(str(path))
    whole = _parse(path, mark)
    content, signature = whole.get("binder"), whole.get("signature")
    if not isinstance(content, dict) or not isinstance(signature, str):
        raise ShareError(_("this is no shared binder"), mark=mark)
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not is_signed_by(public, raw, _PURPOSE + _canonical(content)):
        raise ShareError(
            _("the binder was not signed by this key, or was changed since"),
            mark=mark,
            hint=_("ask its sender for the file and the key again; nothing was taken in"),
        )
    try:
        binder = SharedBinder.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ShareError(
            _("the binder is malformed: {place}: {reason}").format(place=where[:100], reason=first["msg"]),
            mark=mark,
            hint=_("nothing was taken in"),
        ) from None
    return key_id(public), [_cure(one, key_id(public), playbooks) for one in binder.cures]


def _cure(one: SharedCure, origin: str, playbooks: Sequence[str]) -> Cure:
    playbook = one.playbook if one.playbook in playbooks else None
    name = cure_id(one.symptom, one.device or "", one.kb or "", one.remedy, one.playbook or "")
    return Cure(
        name, origin, one.symptom, one.device or "", one.driver or "", one.build, one.kb or "", one.remedy,
        playbook or "", one.worked, one.failed, one.places,
    )  # fmt: skip


def _parse(path: Path, mark: Mark) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ShareError(
            _("cannot read the file: {reason}").format(reason=error.strerror or error), mark=mark
        ) from None
    if len(data) > LARGEST:
        raise ShareError(
            _("the file is larger than {count} MB: this is no shared binder").format(
                count=LARGEST // 1024**2
            ),
            mark=mark,
        )
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        raise ShareError(_("the file is not JSON: this is no shared binder"), mark=mark) from None
    if not isinstance(whole, dict):
        raise ShareError(_("this is no shared binder"), mark=mark)
    return whole


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
