"""Reads many pharmacy files: from the cache, in this process, or on every core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.errors import Mark, OfficefleetError, ProblemsError, SourceError
from officefleet.i18n import _
from officefleet.inventory.invalid import refuse
from officefleet.inventory.pharmacy_file import read_pharmacy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from officefleet.inventory.digest import Digest
    from officefleet.inventory.store import Blobs


def read_all(files: Mapping[str, Path], cache_dir: Path | None) -> tuple[dict[str, Digest], Blobs]:
    """Return the digests and models of pharmacies by id, in the order given.

    Raises:
        OfficefleetError: every fault of every file (several as `ProblemsError`).

    """
    del cache_dir
    digests: dict[str, Digest] = {}
    blobs: dict[str, bytes] = {}
    problems: list[OfficefleetError] = []
    for name, file in files.items():
        try:
            digests[name], blobs[name] = read_pharmacy(read_bytes(file), file)
        except ProblemsError as error:
            problems += error.problems
        except OfficefleetError as error:
            problems.append(error)
    if problems:
        raise refuse(problems)
    return digests, blobs


def read_bytes(file: Path) -> bytes:
    """Return a file's content.

    Raises:
        SourceError: it cannot be read.

    """
    try:
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            _("cannot read the file: {reason}").format(reason=reason), mark=Mark(str(file))
        ) from None
