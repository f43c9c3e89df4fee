"""What is asked for, and what a rebuild was decided to do: written down once, so that it goes on as it began."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person asks for.

    Attributes:
        poste: the machine.
        trust: file of the trusted root key.
        store: address of the image store, ``http://host:port/path``; "" for the one on the pharmacy's NAS.
        image: name; "" for the one that the inventory names.
        version: None for the newest.
        disk: device, "" to choose the only one that fits.
        address: where the poste answers while it is in the rescue environment, "" for its own address.
        initialise_preserved: write preserved partitions anew, losing what they hold.
        allow_older: accept a version below one seen before.
        allow_expired: accept an expired image.
        anyway: go on although a driver is blocked.
        patience: seconds to wait for the poste to come up.

    """

    poste: str
    trust: Path
    store: str = ""
    image: str = ""
    version: int | None = None
    disk: str = ""
    address: str = ""
    initialise_preserved: bool = False
    allow_older: bool = False
    allow_expired: bool = False
    anyway: bool = False
    patience: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a rebuild does; taken from the wish and the signed index.

    Attributes:
        root: number of the root file system's partition, 0 when the image is of another system.
        needed: bytes of the smallest disk that the image fits.
        sector: bytes of a logical sector.
        partitions: GUIDs of the image's partitions: a disk that has one of them held this image before.
        preserved: names of the partitions that are kept.

    """

    store: str
    image: str
    version: int
    system: str
    root: int
    needed: int
    sector: int
    partitions: tuple[str, ...]
    preserved: tuple[str, ...]
    disk: str = ""
    address: str = ""
    initialise_preserved: bool = False
    allow_older: bool = False
    allow_expired: bool = False

    def to_json(self) -> str:
        """Return the form that `from_json` reads."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["partitions"], fields["preserved"] = tuple(fields["partitions"]), tuple(fields["preserved"])
        return cls(**fields)
