"""What happens during a run; console, ledger, reports and web subscribe to it.

Events are immutable and hold no secrets: results are masked before they are published.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.errors import Mark


class Status(Enum):
    """How a task ended on a host."""

    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"
    IGNORED = "ignored"  # failed, and the task says to go on
    RESCUED = "rescued"  # failed, and a rescue section takes over
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Event:
    """Base: when it happened, in seconds since the epoch."""

    at: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A run begins."""

    run: str
    playbooks: Sequence[str]
    check: bool
    user: str


@dataclass(frozen=True, slots=True)
class PlayStarted(Event):
    """A play begins on these hosts; `number` counts the run's plays from 0."""

    play: str
    hosts: Sequence[str]
    mark: Mark
    number: int = 0


@dataclass(frozen=True, slots=True)
class BatchStarted(Event):
    """A play's next portion (`serial`) begins."""

    play: str
    hosts: Sequence[str]
    number: int


@dataclass(frozen=True, slots=True)
class TaskStarted(Event):
    """A task begins on a host."""

    host: str
    task: str
    position: tuple[int, ...]
    mark: Mark
    handler: bool = False


@dataclass(frozen=True, slots=True)
class TaskProgress(Event):
    """A task that takes long has said something."""

    host: str
    task: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskFinished(Event):
    """A task has ended on a host; for a loop, `result["results"]` has one entry an item."""

    host: str
    task: str
    module: str
    position: tuple[int, ...]
    mark: Mark
    status: Status
    result: Mapping[str, Any]
    seconds: float
    handler: bool = False
    items: Sequence[tuple[str, Status, Mapping[str, Any]]] = ()


@dataclass(frozen=True, slots=True)
class Note(Event):
    """A warning or a remark about the run."""

    text: str
    host: str = ""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class HostFinished(Event):
    """A host is through a play, or out of it."""

    play: str
    host: str
    status: Status
    round_trips: int
    sent: int
    received: int


@dataclass(slots=True)
class Counts:
    """One host's recap."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """A run ends; `recap` has every host that took part."""

    run: str
    recap: Mapping[str, Counts]
    seconds: float
    interrupted: bool = False


class Subscriber(Protocol):
    """Gets every event, one at a time, in the order in which they happened."""

    def handle(self, event: Event) -> None:
        """Take one event; an exception ends the run."""
