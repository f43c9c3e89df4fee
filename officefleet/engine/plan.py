"""A task made ready for one host: loop items with their rendered, typed steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from officefleet.errors import OfficefleetError
from officefleet.source.scope import TooEarlyError
from officefleet.source.template import is_template_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from officefleet.engine.cursor import Position
    from officefleet.engine.sessions import Identity
    from officefleet.engine.task_controller import TaskController
    from officefleet.modules.contract import Prepared
    from officefleet.modules.registry import Module
    from officefleet.modules.spec import Args
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope


@dataclass(slots=True)
class Item:
    """One round of a task: the whole task, or one item of its loop.

    Attributes:
        value: the loop's item, None without a loop.
        scope: the variables of this round.
        label: how a person sees the item.
        result: the outcome, once known; set beforehand for a skipped or a wrong item.
        args: typed arguments of a controller-side module.
        prepared: the host's step.
        round: what the loop adds to its result: the item, the index, ansible_loop.
        waiting: made ready only when the items before it are known, because it may use what they have set.
        error: why the item could not be made ready.
        refused: the module refuses its arguments, which counts as its result.

    """

    value: Any
    scope: Scope
    label: str = ""
    result: dict[str, Any] | None = None
    args: Args | None = None
    prepared: Prepared | None = None
    controller: TaskController | None = None
    round: Mapping[str, Any] = field(default_factory=dict)
    waiting: bool = False
    error: OfficefleetError | None = None
    refused: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing may judge its result: it could not be made ready, for other reasons than its arguments."""
        return self.error is not None and not self.refused


@dataclass(slots=True)
class Plan:
    """A task made ready for one host.

    Attributes:
        go_on: the host's agent continues with later tasks when this one fails.
        closed: nothing may be sent along after it: its outcome decides in ways that only the controller knows.
        one_by_one: its items wait for one another.
        async_seconds: the host goes on with the step by itself, for at most that long; 0 for an ordinary step.
        poll: seconds between two questions whether it is done; 0 does not wait for it.

    """

    task: Task
    position: Position
    module: Module
    items: list[Item]
    looped: bool
    scope: Scope
    where: Identity | None = None
    check: bool = False
    diff: bool = False
    no_log: bool = False
    go_on: bool = False
    closed: bool = False
    one_by_one: bool = False
    timeout: float = 0
    async_seconds: int = 0
    poll: float = 0
    environment: Mapping[str, str] = field(default_factory=dict)

    def steps(self, group: int) -> list[tuple[Item, dict[str, Any]]]:
        """Return the items that go to the host with their steps; `group` ties a loop's items together."""
        return [
            (
                item,
                {
                    "m": item.prepared.module,
                    "a": item.prepared.args,
                    "g": group,
                    "check": self.check,
                    "diff": self.diff,
                    "timeout": self.timeout,
                    "env": dict(self.environment),
                    "go_on": self.go_on,
                    **({"async": self.async_seconds} if self.async_seconds else {}),
                },
            )
            for item in self.items
            if item.prepared is not None and item.result is None
        ]

    def arrive(self, guard: Callable[[str], None]) -> None:
        """The host has come to this task: what was pending while looking ahead is known now."""
        self.scope.rebind(guard)
        for item in self.items:
            item.scope.rebind(guard)

    @property
    def title(self) -> str:
        """The task's name as a person sees it, with its templates rendered where that can be done."""
        title = self.task.title
        if not is_template_text(title):
            return title
        try:
            return str(self.scope.templar.render(title, self.scope))
        except (OfficefleetError, TooEarlyError):
            return title

    @property
    def remote(self) -> bool:
        """Whether any of it needs the host."""
        return any(item.prepared is not None and item.result is None for item in self.items)

    @property
    def skipped(self) -> bool:
        """Whether all of it is skipped."""
        return all(item.result is not None and item.result.get("skipped") for item in self.items)

    @property
    def broken(self) -> bool:
        """Whether an item could not be made ready."""
        return any(item.error is not None for item in self.items)
