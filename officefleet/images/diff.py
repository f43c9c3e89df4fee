"""What changed between two versions of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.images.index import Index


@dataclass(frozen=True, slots=True)
class Change:
    """One thing by its name: `before` is "" if it is new, `after` is "" if it is gone."""

    kind: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared; sizes in bytes of content.

    Attributes:
        changes: of packages, drivers, partitions and properties.
        rewritten: what a poste that has the first must write to have the second.
        new: what the second holds that the first holds nowhere.

    """

    changes: tuple[Change, ...]
    rewritten: int
    new: int


def compare(before: Index, after: Index) -> Difference:
    """Return what changed from one index to another."""
    changes = [
        *_changes("package", _packages(before), _packages(after)),
        *_changes("driver", _drivers(before), _drivers(after)),
        *_changes("partition", _partitions(before), _partitions(after)),
        *_changes("image", _properties(before), _properties(after)),
    ]
    placed = {(chunk.offset, chunk.digest) for chunk in before.chunks}
    held = before.chunks.digests()
    rewritten = new = 0
    for chunk in after.chunks:
        if (chunk.offset, chunk.digest) not in placed:
            rewritten += chunk.length
        if chunk.digest not in held:
            held.add(chunk.digest)
            new += chunk.length
    return Difference(tuple(changes), rewritten, new)


def _changes(kind: str, before: dict[str, str], after: dict[str, str]) -> Iterable[Change]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield Change(kind, name, old, new)


def _packages(index: Index) -> dict[str, str]:
    return {
        f"{one.name}:{one.architecture}" if one.architecture else one.name: one.version for one in index.bill
    }


def _drivers(index: Index) -> dict[str, str]:
    return {one.name: f"{one.version} {one.sha256[:12]}".strip() for one in index.drivers}


def _partitions(index: Index) -> dict[str, str]:
    return {
        f"{one.number} {one.name}".strip(): f"{one.start}+{one.size}{' preserved' if one.preserved else ''}"
        for one in index.partitions
    }


def _properties(index: Index) -> dict[str, str]:
    names = ("system", "size", "sector", "minimum_disk")
    return {name: str(getattr(index, name)) for name in names}
