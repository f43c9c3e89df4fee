"""Restore an image in place: compare, fetch what differs, write, read back, boot sector last.

At any moment the disk is either as it was, or does not boot, or is proven right. A restore that was cut off
is run again; it compares what is there, so it goes on where it stopped and needs no journal.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images import gpt
from officefleet.images.chunk import damaged, is_content
from officefleet.images.chunking import is_zero
from officefleet.images.faults import TargetError
from officefleet.images.parallel import for_each
from officefleet.images.plan import SPAN, check_fit, items, late_items, make_plan, spans
from officefleet.images.progress import Meter
from officefleet.images.seal import Seal
from officefleet.images.smart import Health

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from officefleet.images.index import Index
    from officefleet.images.plan import Item, Plan
    from officefleet.images.progress import Progress
    from officefleet.images.source import Source
    from officefleet.images.target import Target

_ZEROS = bytes(SPAN)
_LARGE_PAGE = 2 * 1024 * 1024  # of amd64; elsewhere it is only an alignment


@dataclass(frozen=True, slots=True)
class Report:
    """What a restore did; sizes in bytes.

    Attributes:
        image: name.
        version: of the image.
        compared: bytes of the image that were looked at or are known holes.
        fetched: compressed bytes fetched.
        written: bytes written and read back.
        seconds: all of it.
        already_right: nothing had to be written.
        grown: numbers of preserved partitions kept larger than in the image.
        unproven: preserved partitions that were left alone though no table says that the disk has them.

    """

    image: str
    version: int
    compared: int
    fetched: int
    written: int
    seconds: float
    already_right: bool
    grown: tuple[int, ...]
    unproven: tuple[str, ...]


def restore(
    index: Index,
    source: Source,
    target: Target,
    *,
    health: Health | None = None,
    initialise_preserved: bool = False,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    before_boot: Callable[[], None] | None = None,
) -> Report:
    """Make `target` hold the image, and prove it.

    Args:
        index: from `read_index`, so its signature holds.
        source: where chunks come from.
        target: open and so locked.
        health: what the disk says of itself, from `read_health`.
        initialise_preserved: write preserved partitions too.
        progress: called a few times a second, from any thread.
        threads: how many work at once; by default as many as the source likes.
        before_boot: called when all but the head is proven and the disk still does not boot, e.g. to write who
            the machine is; what it raises leaves the disk unbootable.

    Raises:
        TargetError: the disk is unfit or does not keep what is written; then it does not boot.
        ChunkError: the store lacks or damaged a chunk; run again once it is mended.
        StoreError: the store is gone or too slow; run again once it is back.

    """
    check_fit(index, target, health or Health(None))
    plan = make_plan(index, target, initialise=initialise_preserved)
    job = _Restore(index, source, target, plan, Meter(progress))
    return job.run(threads or max(source.parallel, os.cpu_count() or 1), before_boot)


class _Restore:
    def __init__(self, index: Index, source: Source, target: Target, plan: Plan, meter: Meter) -> None:
        self.index, self.source, self.target, self.plan, self.meter = index, source, target, plan, meter
        self.head, self.tail = late_items(index, plan)
        self.moved = index.table is not None and (target.size != index.size or bool(plan.lasts))
        self.written: list[Item] = []
        self._lock = threading.Lock()
        # Through the cache, one reader at a time keeps its read-ahead going; past it, several must be under way.
        self._reading = contextlib.nullcontext() if target.is_direct else threading.Lock()
        self._late: list[tuple[int, bytes]] | None = None

    def run(self, threads: int, before_boot: Callable[[], None] | None) -> Report:
        started = time.monotonic()
        self.target.sync()
        self.target.forget()
        self.target.expect_sequential()
        self.meter.begin("compare", self.index.size)
        late_is_right = self._late_is_right()
        for_each(spans(items(self.index, self.plan, self.target)), self._comparer, threads)
        if not late_is_right or before_boot is not None:
            self._arm()
        if self._late is not None:
            self._prove(threads)
            if before_boot is not None:
                before_boot()
            self._finish(self._late)
        self.meter.report()
        return Report(
            image=self.index.name,
            version=self.index.version,
            compared=self.index.size - sum(end - start for start, end in self.plan.protected),
            fetched=self.meter.fetched,
            written=self.meter.written,
            seconds=time.monotonic() - started,
            already_right=self._late is None,
            grown=tuple(sorted(self.plan.lasts)),
            unproven=self.plan.unproven,
        )

    def _comparer(self) -> Callable[[list[Item]], None]:
        buffer = _aligned_buffer()

        def compare(span: list[Item]) -> None:
            start = span[0].offset
            length = span[-1].offset + span[-1].length - start
            is_hole = self.target.is_hole(start, start + length)
            if not is_hole:
                with self._reading:
                    self.target.read_into(buffer[:length], start)
            wrong = []
            for item in span:
                view = buffer[item.offset - start :][: item.length]
                if not _is_right(item, None if is_hole else view):
                    self._fill(item, view)
                    wrong.append(item)
            for run in spans(iter(wrong)):
                self._replace(run, buffer[run[0].offset - start :])
            self.meter.add(length)

        return compare

    def _fill(self, item: Item, view: memoryview) -> None:
        if item.digest:
            self.meter.add(0, fetched=self.source.chunk_into(item.digest, view))
        else:
            view[:] = _ZEROS[: item.length]

    def _replace(self, run: list[Item], content: memoryview) -> None:
        length = run[-1].offset + run[-1].length - run[0].offset
        self._arm()
        self.target.write(content[:length], run[0].offset)
        self.meter.add(0, written=length)
        self.written.extend(run)

    def _content(self, item: Item) -> bytes:
        """Return what `item` must hold, proven: the head and tail are not hashed again once written."""
        content = bytearray(item.length)
        if item.digest:
            self._fill(item, memoryview(content))
            if not is_content(memoryview(content), item.digest):
                raise damaged(item.digest)
        return bytes(content)

    def _arm(self) -> None:
        """Before the first write: make sure that the end can be reached, then make the disk unbootable."""
        with self._lock:
            if self._late is not None:
                return
            late = self._late_content()
            seal = Seal(self.index.name, self.index.version, self.plan.lasts)
            self.target.write(seal.encode(self.plan.head_bytes), 0)
            for offset, content in late[1:]:
                self.target.write(memoryview(_ZEROS)[: len(content)], offset)
            self.target.sync()
            self._late = late

    def _late_content(self) -> list[tuple[int, bytes]]:
        head = self._content(self.head)
        if not self.moved:
            return [(0, head), *((item.offset, self._content(item)) for item in self.tail)]
        head, tail = self._fitted(head)
        return [(0, head), (self.plan.total - len(tail), tail)]

    def _fitted(self, head: bytes) -> tuple[bytes, bytes]:
        sector = self.index.sector
        try:
            return gpt.fitted(head, sector, self.plan.total // sector, self.plan.lasts)
        except ValueError as error:
            raise TargetError(
                _("The partition table of {name} cannot be fitted to {path}.").format(
                    name=self.index.name, path=self.target.path
                )
            ) from error

    def _late_is_right(self) -> bool:
        head = self.target.read(0, self.plan.head_bytes)
        table = self.index.table
        if not self.moved or table is None:
            return _is_right(self.head, memoryview(head)) and all(
                _is_right(item, memoryview(self.target.read(item.offset, item.length))) for item in self.tail
            )
        sector = self.index.sector
        own = {
            part.number: (part.start + part.size) // sector - 1
            for part in self.index.partitions
            if part.number in self.plan.lasts
        }
        image_head = gpt.unfitted(head, sector, table, own)
        if not _is_right(self.head, memoryview(image_head)):
            return False
        fitted, tail = self._fitted(image_head)
        return fitted == head and self.target.read(self.plan.total - len(tail), len(tail)) == tail

    def _prove(self, threads: int) -> None:
        """Read back all that was written, from the medium."""
        self.target.sync()
        self.target.forget()
        self.written.sort()
        self.meter.begin("verify", sum(item.length for item in self.written))
        for_each(spans(iter(self.written)), self._prover, threads)

    def _prover(self) -> Callable[[list[Item]], None]:
        buffer = _aligned_buffer()

        def prove(span: list[Item]) -> None:
            start = span[0].offset
            length = span[-1].offset + span[-1].length - start
            with self._reading:
                self.target.read_into(buffer[:length], start)
            for item in span:
                at = item.offset - start
                if not _is_right(item, buffer[at : at + item.length]):
                    self._blame(item)
            self.meter.add(length)

        return prove

    def _finish(self, late: list[tuple[int, bytes]]) -> None:
        """Write the backup table, then the head; each is read back before the next step."""
        self.meter.begin("finish", sum(len(content) for _offset, content in late))
        for offset, content in reversed(late):
            self.target.write(content, offset)
            self.target.sync()
            self.target.forget(offset, len(content))
            if self.target.read(offset, len(content)) != content:
                self.target.write(memoryview(_ZEROS)[: self.plan.head_bytes], 0)
                self.target.sync()
                raise self._lost(offset)
            self.meter.add(len(content), written=len(content))

    def _blame(self, item: Item) -> NoReturn:
        """What was read back is wrong: either the store gave a wrong chunk, or the disk lost a right one."""
        self._content(item)
        raise self._lost(item.offset)

    def _lost(self, offset: int) -> TargetError:
        return TargetError(
            _("{path} does not keep what is written: byte {offset} and after read back wrong.").format(
                path=self.target.path, offset=offset
            ),
            hint=_("The disk or its cable is failing; replace it. It was left unbootable."),
        )


def _aligned_buffer() -> memoryview:
    """Return memory for one span, in large pages where the system has them, to read and write past the cache.

    A disk takes a request of few large pieces two to three times as fast as one of a thousand scattered pages.
    """
    memory = mmap.mmap(-1, SPAN + _LARGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    start = -ctypes.addressof(ctypes.c_char.from_buffer(memory)) % _LARGE_PAGE
    return memoryview(memory)[start : start + SPAN]


def _is_right(item: Item, found: memoryview | None) -> bool:
    """Return whether `found`, None for a hole, is what `item` says."""
    if not item.digest:
        return found is None or is_zero(found)
    return found is not None and not is_zero(found) and is_content(found, item.digest)
