"""What a restore will compare, where, and what it must never touch. Reads the target, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from officefleet.i18n import _
from officefleet.images import gpt
from officefleet.images.faults import TargetError
from officefleet.images.index import ALIGNMENT, HEAD_BYTES
from officefleet.images.seal import find_seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.images.index import Index
    from officefleet.images.index_fields import Partition
    from officefleet.images.smart import Health
    from officefleet.images.target import Target

SPAN = 4 * 1024 * 1024


class Item(NamedTuple):
    """A stretch that must hold a chunk, or zero where `digest` is empty."""

    offset: int
    length: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions made from the index and the disk as it is.

    Attributes:
        head_bytes: length of the head, which is written last.
        tail_at: offset of the backup table when it lies inside the image and so is written late; else the
            image's size.
        total: bytes of the disk.
        protected: stretches that are never read or written.
        lasts: last sector, by partition number, of preserved partitions that are larger than in the image.
        unproven: names of preserved partitions that this disk may not hold: no table says so.

    """

    head_bytes: int
    tail_at: int
    total: int
    protected: tuple[tuple[int, int], ...]
    lasts: dict[int, int]
    unproven: tuple[str, ...]


def check_fit(index: Index, target: Target, health: Health) -> None:
    """Check that the disk can take the image.

    Raises:
        TargetError: too small, wrong sector size, or failing.

    """
    if health.failing:
        raise TargetError(
            _("{path} is failing: {reason}.").format(path=target.path, reason=health.reason),
            hint=_("Replace the disk. Nothing was written."),
        )
    needed = max(index.size, index.minimum_disk)
    if target.size < needed:
        raise TargetError(
            _("{path} has {size} bytes, but the image {name} needs {needed}.").format(
                path=target.path, size=target.size, name=index.name, needed=needed
            ),
            hint=_("Use a larger disk. Nothing was written."),
        )
    if target.sector != index.sector:
        raise TargetError(
            _("{path} has sectors of {found} bytes, but the image {name} is made for {wanted}.").format(
                path=target.path, found=target.sector, name=index.name, wanted=index.sector
            ),
            hint=_("Use an image for such disks, or switch the disk's format. Nothing was written."),
        )


def make_plan(index: Index, target: Target, *, initialise: bool = False) -> Plan:
    """Decide what is compared and what is left alone.

    Args:
        index: the image.
        target: the disk.
        initialise: write preserved partitions as the image has them, losing what they hold.

    Raises:
        TargetError: the disk's partitions contradict the preserved ones.

    """
    head_bytes = min(HEAD_BYTES, index.size)
    tail_at = index.size
    if index.table and target.size == index.size:
        tail_at = (index.size - gpt.tail_sectors(index.sector) * index.sector) // ALIGNMENT * ALIGNMENT
    preserved = [] if initialise else [part for part in index.partitions if part.preserved]
    lasts, unproven = _keep(index, target, preserved)
    protected = tuple(
        (part.start, max(part.start + part.size, (lasts.get(part.number, -1) + 1) * index.sector))
        for part in preserved
    )
    for start, end in protected:
        if end > target.size or _overlaps_other(index, start, end):
            raise _contradiction(target, ", ".join(part.name for part in preserved))
    return Plan(head_bytes, tail_at, target.size, protected, lasts, unproven)


def _keep(index: Index, target: Target, preserved: list[Partition]) -> tuple[dict[int, int], tuple[str, ...]]:
    if not preserved:
        return {}, ()
    sector = index.sector
    head = target.read(0, min(HEAD_BYTES, target.size))
    seal = find_seal(head)
    if seal is not None:
        numbers = {part.number for part in preserved}
        return {number: last for number, last in seal.lasts.items() if number in numbers}, ()
    tail = target.read(target.size - gpt.tail_sectors(sector) * sector, gpt.tail_sectors(sector) * sector)
    table = gpt.parse_head(head, sector) or gpt.parse_tail(tail, sector, target.size // sector)
    found = gpt.partitions(table) if table else gpt.mbr_partitions(head, sector)
    if not found:
        return {}, tuple(part.name or str(part.number) for part in preserved)
    lasts = {}
    for part in preserved:
        match = next((one for one in found if (one.start, one.type) == (part.start, part.type)), None)
        if match is None or match.size < part.size or (match.size != part.size and not index.table):
            raise _contradiction(target, part.name or str(part.number))
        if match.size != part.size:
            lasts[part.number] = (match.start + match.size) // sector - 1
    return lasts, ()


def _overlaps_other(index: Index, start: int, end: int) -> bool:
    return any(
        other.start < end and start < other.start + other.size and other.start != start
        for other in index.partitions
    )


def _contradiction(target: Target, name: str) -> TargetError:
    return TargetError(
        _("The partitions of {path} do not match the preserved partition {name} of the image.").format(
            path=target.path, name=name
        ),
        hint=_("Save what the disk holds, then pass --initialise-preserved to write it anew."),
    )


def items(index: Index, plan: Plan, target: Target) -> Iterator[Item]:
    """Yield what the image has between its head and its tail, by rising offset, without protected stretches.

    Zero stretches of a sparse target that are holes there are left out: they are right already.
    """
    at = plan.head_bytes
    for chunk in index.chunks:
        if chunk.offset < plan.head_bytes or chunk.offset >= plan.tail_at:
            continue
        yield from _zeros(plan, target, at, chunk.offset)
        at = chunk.offset + chunk.length
        if not _is_protected(index, plan, target, chunk.offset, at):
            yield Item(*chunk)
    yield from _zeros(plan, target, at, plan.tail_at)


def spans(sequence: Iterator[Item]) -> Iterator[list[Item]]:
    """Group neighbours into stretches of at most 4 MiB, each of which is read at once."""
    span: list[Item] = []
    for item in sequence:
        if span and (
            item.offset != span[-1].offset + span[-1].length
            or item.offset + item.length - span[0].offset > SPAN
        ):
            yield span
            span = []
        span.append(item)
    if span:
        yield span


def late_items(index: Index, plan: Plan) -> tuple[Item, list[Item]]:
    """Return the head and the items of the tail, which are written after all else is proven."""
    head = Item(0, plan.head_bytes, b"")
    tail = []
    at = plan.tail_at
    for chunk in index.chunks:
        if chunk.offset == 0:
            head = Item(*chunk)
        elif chunk.offset >= plan.tail_at:
            if chunk.offset > at:
                tail.append(Item(at, chunk.offset - at, b""))
            tail.append(Item(*chunk))
            at = chunk.offset + chunk.length
    if at < index.size and plan.tail_at < index.size:
        tail.append(Item(at, index.size - at, b""))
    return head, tail


def _zeros(plan: Plan, target: Target, start: int, end: int) -> Iterator[Item]:
    for low, high in _outside(plan.protected, start, end):
        for at, stop in target.maybe_data(low, high):
            for piece in range(at, stop, SPAN):
                yield Item(piece, min(SPAN, stop - piece), b"")


def _outside(protected: tuple[tuple[int, int], ...], start: int, end: int) -> Iterator[tuple[int, int]]:
    for low, high in sorted(protected):
        if high <= start or low >= end:
            continue
        if low > start:
            yield start, low
        start = high
    if start < end:
        yield start, end


def _is_protected(index: Index, plan: Plan, target: Target, start: int, end: int) -> bool:
    for low, high in plan.protected:
        if start < high and low < end:
            inside = low <= start and end <= high
            old_backup_table = index.table is not None and start >= index.size - 2 * HEAD_BYTES
            if not inside and not old_backup_table:
                raise _contradiction(target, _("at byte {offset}").format(offset=low))
            return True
    return False
