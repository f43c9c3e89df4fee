"""Where an image is cut: at its content, at multiples of 4096 bytes, and at the borders of its partitions.

FastCDC chooses the places (so that content that moved inside an image is still found in the store); each is
then rounded up to the alignment, which moves with the content because file systems place it in such blocks.
"""

from __future__ import annotations

import itertools
import mmap
import os
from typing import TYPE_CHECKING, BinaryIO

from officefleet.images.index import ALIGNMENT, HEAD_BYTES, MAX_CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyfastcdc import FastCDC

AVERAGE = 256 * 1024
MINIMUM = 256 * 1024
_WINDOW = 256 * 1024
_ZEROS = bytes(4 * MAX_CHUNK)


def is_zero(content: bytes | memoryview) -> bool:
    """Return whether all of `content`, at most 4 MiB, is zero."""
    return _ZEROS.startswith(content)


def cut(image: BinaryIO, size: int, borders: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and content of each chunk that is not zero, by rising offset.

    Args:
        image: a regular file or block device, open for reading.
        size: bytes of the image.
        borders: offsets that no chunk may span; those that are not aligned are rounded down.

    """
    from pyfastcdc import FastCDC  # noqa: PLC0415  builder only: the rescue environment does not have it

    places = {border // ALIGNMENT * ALIGNMENT for border in (HEAD_BYTES, *borders)}
    edges = [0, *sorted(place for place in places if 0 < place < size), size]
    cutter = FastCDC(AVERAGE, min_size=MINIMUM, max_size=MAX_CHUNK)
    descriptor = image.fileno()
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as content:
        for low, high in itertools.pairwise(edges):
            for start, end in _segments(descriptor, content, low, high):
                yield from _cut_segment(cutter, content, start, end)


def data_windows(descriptor: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the windows of a file that may hold data; holes of sparse files are skipped unread."""
    at = start
    while at < end:
        if hasattr(os, "SEEK_DATA"):
            try:
                found = os.lseek(descriptor, at, os.SEEK_DATA)
            except OSError:  # ENXIO: nothing but a hole follows
                return
            at = max(at, found // _WINDOW * _WINDOW)
            if at >= end:
                return
        high = min((at // _WINDOW + 1) * _WINDOW, end)
        yield at, high
        at = high


def _segments(descriptor: int, content: memoryview, low: int, high: int) -> Iterator[tuple[int, int]]:
    start = end = low
    for at, stop in data_windows(descriptor, low, high):
        if is_zero(content[at:stop]):
            continue
        if at != end:
            if end > start:
                yield start, end
            start = at
        end = stop
    if end > start:
        yield start, end


def _cut_segment(cutter: FastCDC, content: memoryview, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    begin = raw = start
    for chunk in cutter.cut_buf(content[start:end]):
        raw += chunk.length
        stop = min(-(-raw // ALIGNMENT) * ALIGNMENT, end)
        if stop > begin and not is_zero(content[begin:stop]):
            yield begin, bytes(content[begin:stop])
        begin = max(begin, stop)
