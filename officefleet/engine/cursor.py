"""Where a host stands in a play: a stack of task lists, with what happens when a task fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from officefleet.playbook.model import Block, Role, Task

Position = tuple[int, ...]
Layer = tuple[Mapping[str, Any], bool]

_BODY, _RESCUE, _ALWAYS = 0, 1, 2


@dataclass(slots=True)
class Frame:
    """One list of nodes under way.

    Attributes:
        nodes: the list.
        prefix: position of the frame; a node's position is this plus its index.
        index: the next node.
        block: the block whose section this is, if any.
        section: which of its sections.
        layers: variables that includes add for everything inside.
        failure: the failed task's outcome, while `always` runs on the way out.
        handlers: True for a frame of notified handlers.

    """

    nodes: Sequence[Block | Task]
    prefix: Position
    index: int = 0
    block: Block | None = None
    section: int = _BODY
    layers: tuple[Layer, ...] = ()
    failure: Failure | None = None
    handlers: bool = False
    role: Role | None = None

    def copy(self) -> Frame:
        """Return an independent copy that may be moved on without moving this one."""
        return Frame(self.nodes, self.prefix, self.index, self.block, self.section, self.layers, self.failure,
                     self.handlers, self.role)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed: what rescue sees as ansible_failed_task and ansible_failed_result."""

    task: Task
    result: Mapping[str, Any]


@dataclass(slots=True)
class Cursor:
    """A host's position in a play."""

    frames: list[Frame] = field(default_factory=list)

    def fork(self) -> Cursor:
        """Return a copy for looking ahead."""
        return Cursor([frame.copy() for frame in self.frames])

    @property
    def position(self) -> Position:
        """The position of the next node; the empty tuple at the end."""
        if not self.frames:
            return ()
        top = self.frames[-1]
        return (*top.prefix, top.index)

    def layers(self) -> list[Layer]:
        """Return the variables that all includes around the next node add, outermost first."""
        return [layer for frame in self.frames for layer in frame.layers]

    def in_handlers(self) -> bool:
        """Return whether a handler is under way."""
        return any(frame.handlers for frame in self.frames)

    def peek(self) -> Block | Task | None:
        """Return the next node, leaving lists that are through; None at the end of the play.

        A list that ends with a failure pending stops at that frame: `ended_with_failure` tells.
        """
        while self.frames:
            top = self.frames[-1]
            if top.index < len(top.nodes):
                return top.nodes[top.index]
            if top.failure is not None:
                return None
            self._leave()
        return None

    def pending_failure(self) -> Failure | None:
        """Return the failure whose `always` section is through and that goes on outwards, if any."""
        if self.frames and self.frames[-1].index >= len(self.frames[-1].nodes):
            return self.frames[-1].failure
        return None

    def _leave(self) -> None:
        """Leave the finished top list: a block's body and rescue go on with its always."""
        top = self.frames.pop()
        if top.block is not None and top.section != _ALWAYS and top.block.always:
            self.frames.append(
                Frame(top.block.always, (*top.prefix[:-1], _ALWAYS), block=top.block, section=_ALWAYS,
                      layers=top.layers)
            )  # fmt: skip

    def advance(self) -> None:
        """Step over the next node."""
        self.frames[-1].index += 1

    def enter(self, block: Block) -> None:
        """Step into a block, which is the next node."""
        position = self.position
        self.advance()
        self.frames.append(Frame(block.body, (*position, _BODY), block=block))

    def push(self, frame: Frame) -> None:
        """Step into a list that an include or a notification brings."""
        self.frames.append(frame)

    def fail(self, failure: Failure) -> bool:
        """Unwind to the rescue or always section that takes over; return whether the failure is rescued.

        False with frames left means that an always section runs first; False without frames means that the host
        is out of the play.
        """
        while self.frames:
            top = self.frames.pop()
            if top.block is None:
                continue
            base = top.prefix[:-1]
            if top.section == _BODY and top.block.rescue:
                self.frames.append(
                    Frame(
                        top.block.rescue,
                        (*base, _RESCUE),
                        block=top.block,
                        section=_RESCUE,
                        layers=top.layers,
                    )
                )
                return True
            if top.section != _ALWAYS and top.block.always:
                self.frames.append(
                    Frame(top.block.always, (*base, _ALWAYS), block=top.block, section=_ALWAYS,
                          layers=top.layers, failure=failure)
                )  # fmt: skip
                return False
        return False

    def would_rescue(self) -> bool:
        """Return whether a failure here would be rescued."""
        return any(
            frame.block is not None and frame.section == _BODY and frame.block.rescue for frame in self.frames
        )

    def leave_role(self, role: Role | None) -> None:
        """Leave the lists of a role (meta end_role)."""
        while self.frames and not (self.frames[-1].block and self.frames[-1].block.ends_role
                                   and self.frames[-1].block.role is role):  # fmt: skip
            self.frames.pop()
        if self.frames:
            self.frames[-1].index = len(self.frames[-1].nodes)
