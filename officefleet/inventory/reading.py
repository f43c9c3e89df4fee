"""Reads many pharmacy files: from the cache, in this process, or on every core."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING

from officefleet.inventory.invalid import refuse
from officefleet.inventory.rows import content_hash, from_line
from officefleet.inventory.worker import Batch, prepare, read_batch, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from officefleet.errors import OfficefleetError
    from officefleet.inventory.cache import Cache
    from officefleet.inventory.digest import Digest
    from officefleet.inventory.rows import Row
    from officefleet.inventory.store import Blobs

_WORTH_A_POOL = 2_000  # files; a worker takes half a second to start, a file 0.4 ms to read
_BATCH = 250
_ENOUGH = 200  # problems to report; finding the place of each in 20,000 files would take minutes


def read_all(files: Mapping[str, Path], cache: Cache | None) -> tuple[dict[str, Digest], Blobs]:
    """Return the digests and models of pharmacies by id, in the order given.

    Raises:
        OfficefleetError: every fault of every file (several as `ProblemsError`).

    """
    names = {name: str(file) for name, file in files.items()}
    stored = cache.load() if cache is not None else None
    if stored is None:
        return _keep(names, {}, cache)
    lines, rows, models = stored
    fresh = {
        row.digest.id: (line, row)
        for line, row in zip(lines, rows, strict=True)
        if row.digest.id in names and content_hash(read_bytes(names[row.digest.id])) == row.content
    }
    if len(fresh) == len(names) == len(rows):
        return {name: fresh[name][1].digest for name in names}, models
    kept = {name: (line, row, models[name]) for name, (line, row) in fresh.items()}
    return _keep(names, kept, cache)


def _keep(
    names: Mapping[str, str], kept: Mapping[str, tuple[bytes, Row, bytes]], cache: Cache | None
) -> tuple[dict[str, Digest], Blobs]:
    """Read what is not kept, put all in order, write the cache."""
    missing = [name for name in names if name not in kept or not kept[name][2]]
    found = dict(kept)
    for batch_names, batch in _batches(missing, names):
        for name, line, model in zip(batch_names, batch.lines, batch.models, strict=True):
            found[name] = (line, from_line(line), model)
    ordered = [found[name] for name in names]
    digests = {name: row.digest for name, (_line, row, _model) in zip(names, ordered, strict=True)}
    if cache is not None:
        stored = cache.save(
            [line for line, _row, _model in ordered],
            [row for _line, row, _model in ordered],
            (model for _line, _row, model in ordered),
        )
        if stored is not None:
            return digests, stored
    return digests, {name: model for name, (_line, _row, model) in zip(names, ordered, strict=True)}


def _batches(missing: Sequence[str], names: Mapping[str, str]) -> Iterator[tuple[Sequence[str], Batch]]:
    parts = [missing[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]
    problems: list[OfficefleetError] = []
    for part, batch in zip(parts, _read([[names[name] for name in part] for part in parts]), strict=False):
        problems += batch.problems
        if len(problems) >= _ENOUGH:
            raise refuse(problems, stopped=True)
        if not problems:
            yield part, batch
    if problems:
        raise refuse(problems)


def _read(parts: Sequence[Sequence[str]]) -> Iterator[Batch]:
    """Read the parts, on every core when that pays; a pool that breaks costs time, not the result."""
    done = 0
    workers = min(_cores(), len(parts))
    if workers > 1 and sum(map(len, parts)) >= _WORTH_A_POOL:
        import multiprocessing  # noqa: PLC0415  6 ms that only a large fleet pays
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  see above
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415  see above

        context = multiprocessing.get_context("spawn")  # the one way that Windows has, so the one tested
        try:
            with ProcessPoolExecutor(workers, mp_context=context, initializer=prepare) as pool:
                for batch in pool.map(read_batch, parts):
                    done += 1
                    yield batch
        except (BrokenProcessPool, OSError):
            pass
    for part in parts[done:]:
        yield read_batch(part)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Keep the garbage collector from walking millions of fresh values that stay, then let it forget them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
