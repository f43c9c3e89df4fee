"""What time it is, and waiting: tests have a clock of their own."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

_GLANCE = 60.0  # seconds; a computer that slept, or whose clock was set, is noticed after this long


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware."""

    def wait_until(self, moment: dt.datetime) -> None:
        """Return when the moment has come."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(tz=dt.UTC)

    def wait_until(self, moment: dt.datetime) -> None:
        """Sleep until the moment has come."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            time.sleep(min(left, _GLANCE))
