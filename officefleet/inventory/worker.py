"""What a worker process does: reads a batch of pharmacy files."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from officefleet.errors import Mark, OfficefleetError, ProblemsError, SourceError
from officefleet.i18n import _
from officefleet.inventory.pharmacy_file import PharmacyReader
from officefleet.inventory.rows import to_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class Batch(NamedTuple):
    """What was read of some files, in their order.

    Attributes:
        lines: a row for each file (see `rows`).
        models: each model's JSON.
        problems: every fault; when there is one, lines and models are short.

    """

    lines: list[bytes]
    models: list[bytes]
    problems: list[OfficefleetError]


def prepare() -> None:
    """Set up a worker process; it makes no reference cycles worth collecting."""
    gc.disable()


def read_batch(files: Sequence[str]) -> Batch:
    """Read pharmacy files; faults are returned, not raised, so that all files are looked at."""
    reader = PharmacyReader()
    batch = Batch([], [], [])
    for name in files:
        try:
            content = read_bytes(name)
            read = reader.read(content, Path(name))
        except ProblemsError as error:
            batch.problems.extend(error.problems)
        except OfficefleetError as error:
            batch.problems.append(error)
        else:
            batch.lines.append(to_line(content, read))
            batch.models.append(read.model)
    return batch


def read_bytes(file: str) -> bytes:
    """Return a file's content.

    Raises:
        SourceError: it cannot be read.

    """
    try:
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123  20,000 Path objects cost more than the reads
            return stream.read()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            _("cannot read the file: {reason}").format(reason=reason), mark=Mark(file)
        ) from None
