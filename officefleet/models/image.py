"""Golden images: what a machine is restored from."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from officefleet.models.base import Model, Name, Slug, Version
from officefleet.models.machine import MachineKind, OperatingSystem


class GoldenImage(Model):
    """One version of one image in the store.

    Attributes:
        version: as the store counts them; a spare that was restored from another one is told of.
        index: path or URL of the signed index; chunks are found beside it.
        sha256: hash of the index file.
        signer: hex SHA-256 of the Ed25519 public key that signed it.
        minimum_disk: bytes.
        sector_size: bytes of a logical sector of the disk it was taken from.

    """

    name: Slug
    version: Version
    os: OperatingSystem
    kinds: tuple[MachineKind, ...] = ()
    built: date | None = None
    index: Name | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    signer: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    minimum_disk: Annotated[int, Field(gt=0)] | None = None
    sector_size: Literal[512, 4096] = 512
    description: Name | None = None
