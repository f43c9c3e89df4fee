"""Who works on a pharmacy's machines, and what each may do."""

import base64
import binascii
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from officefleet.models.base import Model, Name, Slug


class Role(StrEnum):
    """What somebody is to a pharmacy."""

    GROUPEMENT = "groupement"  # IT staff of the groupement: all, in its members
    TITULAIRE = "titulaire"  # owner: all that concerns their own pharmacy
    COLLABORATOR = "collaborator"  # looks, and does what the pharmacy grants


class Grant(StrEnum):
    """What a pharmacy may let a collaborator do."""

    SWAP = "swap"
    REBUILD = "rebuild"
    CURE = "cure"
    BACKUP = "backup"


_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
          "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")  # fmt: skip


def _ssh_key(text: str) -> str:
    """Return a public key without its comment, which may hold a name.

    The blob begins with its own kind, each string with its length in four bytes (RFC 4253, section 6.6).
    """
    kind, _blank, rest = text.strip().partition(" ")
    blob = rest.split(" ")[0]
    try:
        raw = base64.b64decode(blob, validate=True)
    except binascii.Error:
        raw = b""
    if kind not in _KINDS or not raw.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        raise ValueError("not the public key of an SSH key pair, as ssh-keygen writes it to the .pub file")
    return f"{kind} {blob}"


SshKey = Annotated[str, AfterValidator(_ssh_key)]
"""``ssh-ed25519 AAAA...``; a comment is dropped."""


class Person(Model):
    """Somebody with keys.

    Attributes:
        id: short name, as the ledger and the binder record it.
        keys: public halves of the SSH keys.
        until: last day on which the keys are let in.

    """

    id: Slug
    name: Name
    keys: tuple[SshKey, ...] = Field(min_length=1)
    until: date | None = None


class OfficinePerson(Person):
    """Somebody of a pharmacy.

    Attributes:
        may: what a collaborator does besides looking; a titulaire needs none.

    """

    role: Role
    may: tuple[Grant, ...] = ()

    @model_validator(mode="after")
    def _role_is_of_a_pharmacy(self) -> Self:
        if self.role is Role.GROUPEMENT:
            raise ValueError("people of a groupement are listed with the groupement")
        if self.may and self.role is Role.TITULAIRE:
            raise ValueError("a titulaire may do everything in the pharmacy: leave `may` out")
        return self
