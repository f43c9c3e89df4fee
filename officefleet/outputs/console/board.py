"""What the console knows of a run: results grouped by task, hosts under way, failures not shown yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import HostFinished, Status, TaskFinished, TaskProgress, TaskStarted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.engine.events import Event
    from officefleet.errors import Mark

_END = (1 << 30,)
Place = tuple[tuple[int, ...], int]


@dataclass(slots=True)
class Under:
    """A task under way on a host."""

    task: str
    since: float
    text: str = ""


@dataclass(slots=True)
class Group:
    """One task's results; what every host says alike is kept once, with the hosts that said it.

    Attributes:
        hosts: names by status.
        said: what debug printed -> hosts.
        diffs: text of a diff -> hosts.
        details: (host, status, result) when whole results are wanted.

    """

    title: str
    module: str
    position: tuple[int, ...]
    handler: bool
    begun: float
    ended: float = 0.0
    hosts: dict[Status, list[str]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    diffs: dict[str, list[str]] = field(default_factory=dict)
    details: list[tuple[str, Status, Mapping[str, Any]]] = field(default_factory=list)

    def count(self, status: Status) -> int:
        """Return how many hosts ended so."""
        return len(self.hosts.get(status, ()))


@dataclass(slots=True)
class Failure:
    """One way in which a task failed, and on which hosts, with what each of them said."""

    event: TaskFinished
    known: bool  # whether it has been shown before
    hosts: dict[str, str] = field(default_factory=dict)


class Board:
    """Takes a play's events; gives groups in the order of the play, as soon as no host can add to them.

    Args:
        keep_details: keep every result (``-v``).
        diff_text: makes a result's diff readable; None when diffs are not wanted.
        said: makes what a result wants shown readable, "" for nothing.

    """

    def __init__(self, *, keep_details: bool, diff_text: Any, said: Any) -> None:
        self._keep_details = keep_details
        self._diff_text = diff_text
        self._said = said
        self._groups: dict[tuple[tuple[int, ...], Mark], Group] = {}
        self._places: dict[str, Place] = {}
        self._failures: dict[tuple[Mark, str], Failure] = {}
        self._shown: set[tuple[Mark, str]] = set()
        self.under: dict[str, Under] = {}
        self.size = 0
        self.out = 0

    def begin(self, hosts: Sequence[str], *, size: int | None = None) -> None:
        """Begin a play, or its next portion."""
        self._places = dict.fromkeys(hosts, ((), 0))
        self.under.clear()
        self.size = len(hosts) if size is None else size
        self.out = 0

    def take(self, event: Event) -> None:
        """Take note of one event of a host."""
        if isinstance(event, TaskStarted):
            self._places[event.host] = (event.position, 0)
            self.under[event.host] = Under(event.task, event.at)
        elif isinstance(event, TaskFinished):
            self._places[event.host] = (event.position, 1)
            self.under.pop(event.host, None)
            self._add(event)
        elif isinstance(event, TaskProgress):
            under = self.under.get(event.host)
            if under is not None:
                under.text = event.text.strip().rpartition("\n")[2] or under.text
        elif isinstance(event, HostFinished):
            self._places.pop(event.host, None)
            self.under.pop(event.host, None)
            self.out += 1

    def _add(self, event: TaskFinished) -> None:
        key = (event.position, event.mark)
        group = self._groups.get(key)
        if group is None:
            group = Group(event.task, event.module, event.position, event.handler, event.at - event.seconds)
            self._groups[key] = group
        group.ended = max(group.ended, event.at)
        group.begun = min(group.begun, event.at - event.seconds)
        group.hosts.setdefault(event.status, []).append(event.host)
        said = self._said(event)
        if said:
            group.said.setdefault(said, []).append(event.host)
        if self._diff_text is not None and event.result.get("changed"):
            text = self._diff_text(event)
            if text:
                group.diffs.setdefault(text, []).append(event.host)
        if self._keep_details:
            group.details.append((event.host, event.status, event.result))
        if event.status in (Status.FAILED, Status.UNREACHABLE):
            self._fail(event)

    def _fail(self, event: TaskFinished) -> None:
        said = str(event.result.get("msg") or "")
        same = (event.mark, f"{said}\0{event.result.get('stderr', '')}")
        if event.status is Status.UNREACHABLE:  # each says something else, and the task is not at fault
            same = (event.mark, "")
        failure = self._failures.get(same)
        if failure is None:
            failure = self._failures[same] = Failure(event, same in self._shown)
        failure.hosts[event.host] = said

    def take_failures(self) -> list[Failure]:
        """Return the failures since the last call, alike ones together."""
        found = list(self._failures.values())
        self._shown.update(self._failures)
        self._failures.clear()
        return found

    def take_ready(self, *, everything: bool = False) -> list[Group]:
        """Return, in the play's order, the groups to which no host will add; all of them at a play's end."""
        if not self._groups:
            return []
        least: Place = (_END, 0)
        if not everything and self._places:
            least = min(self._places.values())
        ready = sorted(
            (key for key in self._groups if everything or (key[0], 1) <= least), key=lambda key: key[0]
        )
        return [self._groups.pop(key) for key in ready]
