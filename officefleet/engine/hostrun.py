"""One host's way through one play: an ordinary interpreter of the task tree, fed by batches sent ahead.

`advance` runs until the host is through, out, or at a barrier. Tasks are judged strictly in order, one after the
other; only their transport is batched (see `lookahead`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from officefleet.engine import barriers, flight, outcome, rounds, settling, statements
from officefleet.engine.cursor import Cursor, Failure, Frame, Position
from officefleet.engine.events import HostFinished, Status, TaskFinished, TaskStarted
from officefleet.engine.hosts import BARRIER_NAMES, Host, Overlay
from officefleet.engine.planner import failed, make_plan, value_of
from officefleet.engine.sessions import Sessions
from officefleet.engine.shared import InterruptedRunError
from officefleet.errors import (
    AgentError,
    OfficefleetError,
    TransportError,
)
from officefleet.playbook.model import Block, Statement, Task
from officefleet.source.scope import NeedsBarrierError, Scope
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from officefleet.engine.plan import Plan
    from officefleet.engine.playrun import PlayRun

_AFTER = 1 << 30  # position suffix of the moment just after a task


class HostRun:
    """A host in a play; used by one thread at a time."""

    def __init__(self, play: PlayRun, host: Host) -> None:
        self.play = play
        self.host = host
        self.options = play.options
        self.cursor = Cursor([Frame(play.nodes, ())])
        self.notified: set[int] = set()  # ids of handlers
        self.roles_run: set[str] = set()  # identities of roles with a task that was not skipped
        self.roles_done: set[str] = set()
        self.done = False
        self.status = Status.OK
        self.passed: Position = ()
        self.content: dict[str, bytes | Path] = {}
        self._offered = 0
        self.sessions = Sessions(
            play.bundle, self.content.__getitem__, play.cached, play.shared.reached, play.wait
        )
        self.ready: dict[Position, Plan] = {}
        self.flight: Iterator[None] | None = None  # results under way
        self.failing: Failure | None = None
        self._handlers_forced = False

    # --- what planning needs ------------------------------------------------------------------------------

    def keep(self, sha: str, content: bytes | Path) -> None:
        """Remember content that was offered to the host."""
        if sha not in self.content:
            self.content[sha] = content
            self._offered += len(content) if isinstance(content, bytes) else 0

    def offered_bytes(self) -> int:
        """Return how much content is held in memory for this host."""
        return self._offered

    def takes(self, node: Block | Task, cursor: Cursor) -> bool:
        """Return whether a task is to run: a handler that was notified, any other as the run's tags say."""
        if cursor.frames[-1].handlers:
            return id(node) in self.notified
        return isinstance(node, Block) or self.play.takes(node)

    def unpending_names(self) -> frozenset[str]:
        """Return names that no fact can change: magic variables."""
        return self.play.magic_names

    def delegate_scope(self, task: Task, name: str) -> Scope:
        """Return a task's variables with those of the host that it is delegated to in the place of its own host's."""
        scope = self.scope(task, self.cursor, host=self.play.delegate_host(name))
        return scope.child({"inventory_hostname": self.host.name})  # as in Ansible, the task's own

    def scope(
        self, task: Task, cursor: Cursor, overlay: Overlay | None = None, host: Host | None = None
    ) -> Scope:
        """Return the variables of a task, low to high precedence."""
        play, host, role = self.play, host or self.host, task.role
        layers: list[tuple[Mapping[str, Any], bool]] = [(one.defaults, True) for one in play.roles]
        if role is not None:
            layers += [(one.defaults, True) for one in (*reversed(role.parents), role)]
        layers += [
            (host.inventory_vars, True),
            (play.names(host.name), False),
            (host.fact_layer(), False),
            *play.variable_layers(self),
        ]
        layers += [(one.vars, True) for one in play.roles]
        if role is not None:
            layers += [(one.vars, True) for one in (*reversed(role.parents), role)]
        layers += [(one, True) for one in task.keywords.vars]
        layers.append((host.include_vars, True))
        if overlay is not None:
            layers.append((overlay.included, True))
        layers.append((host.set_facts, False))
        if overlay is not None:
            layers.append((overlay.sets, False))
        if role is not None:
            layers.append((role.params, True))
        layers += cursor.layers()
        layers += [(self.options.extra_vars, True), (play.magic(task), False)]
        return Scope(layers, play.templar, overlay.guard if overlay is not None else self._guard)

    def _guard(self, name: str) -> None:
        if name in BARRIER_NAMES and self.passed != self.cursor.position and not self.play.alone:
            raise NeedsBarrierError(name)

    def runs_once(self, task: Task) -> bool:
        """Return whether one host runs a task for all."""
        word = task.keywords.get("run_once")
        if holds_template(word):
            return bool(value_of(word, self.scope(task, self.cursor)))
        return barriers.runs_once(task)

    def include_frames(self, task: Task, position: Position, scope: Scope) -> list[Frame] | None:
        """Return what an include brings, in order; None when a condition leaves nothing to know yet."""
        return statements.include_frames(self, task, position, scope)

    # --- the way through the play -------------------------------------------------------------------------

    def advance(self) -> Position | None:
        """Go on until a barrier (its position is returned) or the end (None)."""
        while not self.done:
            if self.play.ended:
                # a host that was cut short has not done its play: a resumed run starts it again
                self.finish(Status.SKIPPED if self.play.too_many_failed() else Status.OK)
                break
            node = self.cursor.peek()
            if node is None:
                self._end_of_list()
            elif isinstance(node, Block):
                self.enter(node)
            elif not self.takes(node, self.cursor):
                self.cursor.advance()
            else:
                parked = self._visit(node)
                if parked is not None:
                    return parked
        return None

    def enter(self, block: Block) -> None:
        """Step into a block, or over one of a role that the host has been through already."""
        role = block.role
        if block.ends_role and role and not role.allow_duplicates and role.identity in self.roles_done:
            self.cursor.advance()
        else:
            self.cursor.enter(block)

    def _visit(self, task: Task) -> Position | None:
        position = self.cursor.position
        if self.play.needs_barrier(task) and self.passed != position:
            return position
        handler = self.cursor.frames[-1].handlers
        if handler:
            self.notified.discard(id(task))
        try:
            self._perform(task, position)
        except NeedsBarrierError:
            if handler:
                self.notified.add(id(task))
            return position
        except InterruptedRunError:
            raise
        except OfficefleetError as error:
            self.fail_statement(task, error)
        if self.passed == position and not self.done:
            self.passed = (*position, _AFTER)
            return self.passed
        return None

    def _end_of_list(self) -> None:
        failure = self.cursor.pending_failure()
        if failure is not None:
            self.cursor.frames.pop()
            self.unwind(failure)
        elif self.failing is not None:
            self.finish(Status.FAILED)
        else:
            self.finish()

    def finish(self, status: Status = Status.OK) -> None:
        """End the host's play."""
        self.done = True
        self.status = status
        self.play.publish(HostFinished(self.play.play.name, self.host.name, status, *self.sessions.traffic()))
        if not self.play.keeps_connections:
            self.sessions.close()

    def unwind(self, failure: Failure) -> None:
        """Go to the section that takes over after a failure, or leave the play."""
        self.ready.clear()
        if self.cursor.would_rescue():
            self.host.set_facts["ansible_failed_task"] = {"name": failure.task.name, "action": failure.task.action or failure.task.module,
                                                          "args": dict(failure.task.args)}  # fmt: skip
            self.host.set_facts["ansible_failed_result"] = failure.result
        if not self.cursor.fail(failure):
            self.play.note_failure(self.host.name, at_once=not self.cursor.frames)
            if self.cursor.frames:
                return
            self.host.failed = True
            if self.play.force_handlers and self.notified and not self._handlers_forced:
                self._handlers_forced = True
                self.failing = failure
                self.cursor.push(Frame([self.play.flush_task], (_AFTER,)))
            else:
                self.finish(Status.FAILED)

    # --- one task -----------------------------------------------------------------------------------------

    def _perform(self, task: Task, position: Position) -> None:
        if task.statement is not Statement.MODULE:
            statements.perform(self, task, position)
            return
        once = self.play.once.get(position)
        if once is not None:
            settling.adopt(self, task, once)
            return
        started = time.time()
        plan = self.ready.pop(position, None)
        if plan is None:
            plan = make_plan(self, task, position, self.scope(task, self.cursor))
        else:
            plan.arrive(self._guard)
        self.play.publish(
            TaskStarted(self.host.name, plan.title, position, task.mark, self.cursor.in_handlers())
        )
        try:
            rounds.obtain_all(self, plan)
        except TransportError as error:
            if self.play.shared.stopped.is_set():  # it was the run that closed the connection
                self.done = True
            elif isinstance(error, AgentError):
                settling.settle(self, plan, {"failed": True, "changed": False, "msg": str(error)}, started)
            else:
                settling.lost(self, plan, error, started)
            return
        settling.settle(self, plan, outcome.combined(plan), started)

    def run_now(
        self,
        task: Task,
        scope: Scope,
        module: str,
        args: Mapping[str, Any],
        timeout: float,
        *,
        as_login: bool = False,
    ) -> dict[str, Any]:
        """Run one step of a module outside the plan; see `flight.run_now`."""
        return flight.run_now(self, task, scope, module, args, timeout, as_login=as_login)

    def wait_until_reachable(self, task: Task, scope: Scope, timeout: float, delay: float) -> float:
        """See `TaskController.wait_until_reachable`."""
        return flight.wait_until_reachable(self, task, scope, timeout, delay)

    def fail_along(self, failure: Failure) -> None:
        """Fail as another host has failed (any_errors_fatal)."""
        self.flight = None
        self.unwind(failure)

    # --- statements ---------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Step into the handlers: one pass in the order in which they are written.

        What a handler notifies runs in the same pass if it stands further down, else at the next flush.
        """
        position = self.cursor.position
        self.cursor.advance()
        if self.notified:
            self.cursor.push(Frame(self.play.handlers.tasks(), position, handlers=True))

    def finish_early(self) -> None:
        """Leave the play (meta end_host)."""
        self.play.shared.left.add(self.host.name)
        self.finish()

    def fail_statement(self, task: Task, error: OfficefleetError) -> None:
        """A statement that cannot be carried out fails like a task."""
        result = failed(error)
        status = Status.RESCUED if self.cursor.would_rescue() else Status.FAILED
        if task.statement is Statement.MODULE and task.keywords.get("ignore_errors") is True:
            status = Status.IGNORED
        if task.register:
            self.host.set_facts[task.register] = result
        self.play.publish(
            TaskFinished(
                self.host.name,
                task.title,
                task.module,
                self.cursor.position,
                task.mark,
                status,
                result,
                0.0,
            )
        )
        self.cursor.advance()
        if status is not Status.IGNORED:
            self.unwind(Failure(task, result))
