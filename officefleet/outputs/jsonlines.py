"""One JSON object a line for each event, and a summary as the last line."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TextIO

from officefleet.engine.events import RunFinished
from officefleet.errors import Mark
from officefleet.outputs.streams import SteadyStream
from officefleet.outputs.tally import by_pharmacy, outcome, total

if TYPE_CHECKING:
    from collections.abc import Callable

    from officefleet.engine.events import Event

_FLUSH_EVERY = 0.25  # seconds
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class JsonLines:
    """Writes events as they come; each object has "event" (``task_finished``, ...) and "at" (epoch seconds).

    Args:
        stream: where.
        pharmacy_of: gives a host's pharmacy, or None.
        warn: told once when writing fails.

    """

    def __init__(
        self,
        stream: TextIO,
        pharmacy_of: Callable[[str], str | None],
        warn: Callable[[OSError], None] | None = None,
    ) -> None:
        self._stream = SteadyStream(stream, warn)
        self._pharmacy_of = pharmacy_of
        self._flushed = 0.0

    def handle(self, event: Event) -> None:
        """Write one event."""
        self._write(event_dict(event))
        if isinstance(event, RunFinished):
            self._write(self._summary(event))
            self._flushed = 0.0
        if event.at - self._flushed > _FLUSH_EVERY:  # whoever reads along need not wait for a full buffer
            self._flushed = event.at
            self._stream.flush()

    def _summary(self, event: RunFinished) -> dict[str, Any]:
        homes = by_pharmacy(event.recap, self._pharmacy_of)
        return {
            "event": "summary",
            "run": event.run,
            "outcome": outcome(event).value,
            "seconds": round(event.seconds, 3),
            "hosts": {name: asdict(counts) for name, counts in event.recap.items()},
            "pharmacies": {name: asdict(tally) for name, tally in homes.items()},
            "total": asdict(total(event.recap)),
        }

    def _write(self, data: dict[str, Any]) -> None:
        self._stream.write(json.dumps(data, ensure_ascii=False, default=_plain, separators=(",", ":")) + "\n")


def event_dict(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it."""
    found: dict[str, Any] = {"event": _WORD.sub("_", type(event).__name__).lower(), "at": event.at}
    for field in fields(event):
        if field.name != "at":
            found[field.name] = getattr(event, field.name)
    if "items" in found:
        found["items"] = [
            {"item": label, "status": status.value, "result": result}
            for label, status, result in found["items"]
        ]
    return found


def _plain(value: object) -> object:
    if isinstance(value, Mark):
        return {"file": value.file, "line": value.line, "column": value.column}
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
