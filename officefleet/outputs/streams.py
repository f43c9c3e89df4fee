"""A stream that outlives its reader: when nobody reads on, or the disk is full, the run still goes on."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from officefleet.errors import RunError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def refusing(file: Path) -> Iterator[None]:
    """Turn a failure to write a report into an error for people.

    Raises:
        RunError: the file cannot be written.

    """
    try:
        yield
    except OSError as error:
        raise RunError(
            _("cannot write {file}: {reason}").format(file=file, reason=error.strerror or error)
        ) from None


class SteadyStream:
    """Passes text on until that fails for the first time.

    Args:
        stream: where to.
        warn: told once what has failed; not when the reader has just gone (``| head``).

    """

    def __init__(self, stream: TextIO, warn: Callable[[OSError], None] | None = None) -> None:
        self._stream = stream
        self._warn = warn
        self._broken = False

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> None:
        """Write text, unless writing has failed before."""
        self._try(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Flush, unless writing has failed before."""
        self._try(self._stream.flush)

    def _try(self, action: Callable[[], object]) -> None:
        if self._broken:
            return
        try:
            action()
        except OSError as error:
            self._broken = True
            if self._stream is sys.stdout:
                # Python flushes standard output once more when it ends, and would complain.
                with open(os.devnull, "w") as nowhere:  # noqa: PTH123  only its number is used
                    os.dup2(nowhere.fileno(), sys.stdout.fileno())
            if self._warn is not None and not isinstance(error, BrokenPipeError):
                self._warn(error)
