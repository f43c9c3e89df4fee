"""How far a restore is: bytes done, rate and time left."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a restore.

    Attributes:
        phase: "compare" (and write), "verify" or "finish".
        done: bytes of this phase that are done.
        total: bytes of this phase.
        fetched: compressed bytes fetched so far.
        written: bytes written so far.
        rate: bytes a second in this phase.
        seconds_left: of this phase, None while unknown.

    """

    phase: str
    done: int
    total: int
    fetched: int
    written: int
    rate: float
    seconds_left: float | None


class Meter:
    """Counts from many threads and reports at most four times a second."""

    def __init__(self, callback: Callable[[Progress], None] | None, interval: float = 0.25) -> None:
        self.fetched = self.written = 0
        self._callback = callback
        self._interval = interval
        self._lock = threading.Lock()
        self.begin("compare", 0)

    def begin(self, phase: str, total: int) -> None:
        """Start a phase of `total` bytes."""
        self._phase, self._total, self._done = phase, total, 0
        self._started = self._reported = time.monotonic()

    def add(self, done: int, *, fetched: int = 0, written: int = 0) -> None:
        """Count bytes; call the callback if it is time."""
        with self._lock:
            self._done += done
            self.fetched += fetched
            self.written += written
            now = time.monotonic()
            if self._callback is None or now - self._reported < self._interval:
                return
            self._reported = now
        self.report()

    def report(self) -> None:
        """Call the callback now."""
        if self._callback is None:
            return
        seconds = time.monotonic() - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        left = (self._total - self._done) / rate if rate > 0 else None
        self._callback(Progress(self._phase, self._done, self._total, self.fetched, self.written, rate, left))
