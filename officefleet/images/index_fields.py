"""The strict schema of an index: every field is known, typed and within bounds, or the index is refused."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.images.index import Index

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
SECTORS = (512, 4096)
SYSTEMS = ("linux", "windows", "other")
_LARGEST = 1 << 50
_MAX_TEXT = 512


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package of the software bill."""

    name: str
    version: str
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver package in the image; `sha256` is that of its INF file or archive, hexadecimal."""

    name: str
    version: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: `start` and `size` in bytes, GUIDs in text form ("" in an MBR).

    A preserved partition is never written on a disk that may already hold it.
    """

    number: int
    name: str
    type: str
    uuid: str
    start: int
    size: int
    preserved: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a GPT says about the size of its disk, in sectors; undone before the head is compared."""

    alternate: int
    last_usable: int
    entries_backup: int
    mbr_sectors: int


_SIMPLE = {
    "name": str,
    "version": int,
    "created": int,
    "expires": int,
    "system": str,
    "size": int,
    "sector": int,
    "minimum_disk": int,
    "predecessor": int,
    "chunks": str,
}
_LISTS: dict[str, type[Any]] = {"partitions": Partition, "bill": Package, "drivers": Driver}


def is_image_name(name: str) -> bool:
    """Return whether `name` may name an image (and so a folder of the store)."""
    return _NAME.fullmatch(name) is not None and ".." not in name


def to_fields(index: Index) -> dict[str, Any]:
    """Return the JSON form of an index without its chunks."""
    fields: dict[str, Any] = {name: getattr(index, name) for name in _SIMPLE if name != "chunks"}
    fields["table"] = None if index.table is None else asdict(index.table)
    for name in _LISTS:
        fields[name] = [asdict(item) for item in getattr(index, name)]
    return fields


def from_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the constructor arguments of `Index` (but its chunks) from fields that `check` passed."""
    values = {name: fields[name] for name in _SIMPLE if name != "chunks"}
    values["table"] = None if fields["table"] is None else Table(**fields["table"])
    for name, kind in _LISTS.items():
        values[name] = tuple(kind(**item) for item in fields[name])
    return values


def check(fields: Any) -> None:
    """Check the JSON form of an index.

    Raises:
        ValueError: a field is missing, unknown, of the wrong type or out of bounds.

    """
    if not isinstance(fields, dict) or fields.keys() != _SIMPLE.keys() | _LISTS.keys() | {"table"}:
        raise ValueError("unknown or missing fields")
    for name, kind in _SIMPLE.items():
        _check_value(name, fields[name], kind, limit=None if name == "chunks" else _MAX_TEXT)
    if fields["table"] is not None:
        _check_item("table", fields["table"], Table)
    for name, kind in _LISTS.items():
        if not isinstance(fields[name], list):
            raise ValueError(f"{name} is not a list")  # noqa: TRY004  one error for every bad index
        for item in fields[name]:
            _check_item(name, item, kind)
    _check_bounds(fields)


def _check_bounds(fields: dict[str, Any]) -> None:
    if not is_image_name(fields["name"]) or fields["system"] not in SYSTEMS:
        raise ValueError("name or system is not allowed")
    if fields["version"] < 1 or fields["expires"] <= fields["created"]:
        raise ValueError("version or times are not allowed")
    if fields["sector"] not in SECTORS or fields["size"] < 1 or fields["size"] % fields["sector"]:
        raise ValueError("size or sector is not allowed")
    if fields["minimum_disk"] < fields["size"]:
        raise ValueError("the smallest disk is smaller than the image")
    end = 0
    for part in sorted(fields["partitions"], key=lambda part: int(part["start"])):
        if part["start"] < end or part["start"] % fields["sector"] or part["size"] % fields["sector"]:
            raise ValueError("partitions overlap or are not whole sectors")
        end = part["start"] + part["size"]
    if end > fields["size"]:
        raise ValueError("a partition ends past the image")


def _check_item(name: str, item: Any, kind: type[Any]) -> None:
    known = kind.__dataclass_fields__
    if not isinstance(item, dict) or item.keys() != known.keys():
        raise ValueError(f"{name} has unknown or missing fields")
    for key, about in known.items():
        wanted = {"str": str, "int": int, "bool": bool}[about.type]
        _check_value(f"{name}.{key}", item[key], wanted, limit=_MAX_TEXT)


def _check_value(name: str, value: Any, kind: type[Any], *, limit: int | None) -> None:
    if type(value) is not kind:
        raise ValueError(f"{name} has the wrong type")
    if kind is int and not 0 <= value <= _LARGEST:
        raise ValueError(f"{name} is out of bounds")
    if kind is str and limit is not None and (len(value) > limit or not _is_printable(value)):
        raise ValueError(f"{name} is too long or not printable")


def _is_printable(text: str) -> bool:
    return text == "" or text.isprintable()
