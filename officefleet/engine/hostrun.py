"""One host's way through one play: an ordinary interpreter of the task tree, fed by batches sent ahead.

`advance` runs until the host is through, out, or at a barrier. Tasks are judged strictly in order, one after the
other; only their transport is batched (see `lookahead`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from officefleet.engine import bare, barriers, lookahead, outcome, statements
from officefleet.engine.cursor import Cursor, Failure, Frame, Position
from officefleet.engine.events import HostFinished, Status, TaskFinished, TaskProgress, TaskStarted
from officefleet.engine.hosts import BARRIER_NAMES, Host, Overlay
from officefleet.engine.masking import censored
from officefleet.engine.planner import failed, make_plan, make_ready, place_of
from officefleet.engine.sessions import Sessions
from officefleet.errors import (
    AgentError,
    OfficefleetError,
    PlaybookError,
    PythonMissingError,
    TransportError,
    UnreachableError,
)
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.modules.spec import Kind
from officefleet.playbook import args as arguments
from officefleet.playbook.model import Block, Statement, Task
from officefleet.source.scope import NeedsBarrierError, Scope
from officefleet.source.secrets.sealed import opening
from officefleet.source.template import holds_template

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.engine.plan import Item, Plan
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
        self.done = False
        self.status = Status.OK
        self.passed: Position = ()
        self._content: dict[str, bytes | Path] = {}
        self._offered = 0
        self.sessions = Sessions(
            play.bundle, self._content.__getitem__, play.cached, play.shared.reached, play.wait
        )
        self._ready: dict[Position, Plan] = {}
        self._flight: Iterator[None] | None = None
        self._failing: Failure | None = None
        self._handlers_forced = False

    # --- what planning needs ------------------------------------------------------------------------------

    def keep(self, sha: str, content: bytes | Path) -> None:
        """Remember content that was offered to the host."""
        if sha not in self._content:
            self._content[sha] = content
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

    def scope(self, task: Task, cursor: Cursor, overlay: Overlay | None = None) -> Scope:
        """Return the variables of a task, low to high precedence."""
        play, host, role = self.play, self.host, task.role
        layers: list[tuple[Mapping[str, Any], bool]] = [(one.defaults, True) for one in play.roles]
        if role is not None:
            layers += [(one.defaults, True) for one in (*reversed(role.parents), role)]
        layers += [(host.inventory_vars, True), (host.fact_layer(), False), *play.variable_layers(self)]
        layers += [(one.vars, True) for one in play.roles]
        if role is not None:
            layers += [(one.vars, True) for one in (*reversed(role.parents), role)]
        layers += [(one, True) for one in task.keywords.vars]
        layers += [(host.include_vars, True), (host.set_facts, False)]
        if overlay is not None:
            layers.append((overlay.sets, False))
        if role is not None:
            layers.append((role.params, True))
        layers += cursor.layers()
        layers += [(self.options.extra_vars, True), (play.magic(self, task), False)]
        return Scope(layers, play.templar, overlay.guard if overlay is not None else self._guard)

    def _guard(self, name: str) -> None:
        if name in BARRIER_NAMES and self.passed != self.cursor.position and not self.play.alone:
            raise NeedsBarrierError(name)

    def include_frames(self, task: Task, position: Position, scope: Scope) -> list[Frame] | None:
        """Return what an include brings, in order; None when a condition leaves nothing to know yet."""
        return statements.include_frames(self, task, position, scope)

    # --- the way through the play -------------------------------------------------------------------------

    def advance(self) -> Position | None:
        """Go on until a barrier (its position is returned) or the end (None)."""
        while not self.done:
            if self.play.ended:
                # a host that was cut short has not done its play: a resumed run starts it again
                self._finish(Status.SKIPPED if self.play.too_many_failed() else Status.OK)
                break
            node = self.cursor.peek()
            if node is None:
                self._end_of_list()
            elif isinstance(node, Block):
                self.cursor.enter(node)
            elif not self.takes(node, self.cursor):
                self.cursor.advance()
            else:
                parked = self._visit(node)
                if parked is not None:
                    return parked
        return None

    def _visit(self, task: Task) -> Position | None:
        position = self.cursor.position
        if self.play.needs_barrier(task) and self.passed != position:
            return position
        try:
            self._perform(task, position)
        except NeedsBarrierError:
            return position
        if self.passed == position and not self.done:
            self.passed = (*position, _AFTER)
            return self.passed
        return None

    def _end_of_list(self) -> None:
        failure = self.cursor.pending_failure()
        if failure is not None:
            self.cursor.frames.pop()
            self._unwind(failure)
        elif self._failing is not None:
            self._finish(Status.FAILED)
        else:
            self._finish()

    def _finish(self, status: Status = Status.OK) -> None:
        self.done = True
        self.status = status
        self.play.publish(HostFinished(self.play.play.name, self.host.name, status, *self.sessions.traffic()))
        if not self.play.keeps_connections:
            self.sessions.close()

    def _unwind(self, failure: Failure) -> None:
        self._ready.clear()
        if self.cursor.would_rescue():
            self.host.set_facts["ansible_failed_task"] = {"name": failure.task.name, "action": failure.task.module,
                                                          "args": dict(failure.task.args)}  # fmt: skip
            self.host.set_facts["ansible_failed_result"] = failure.result
        if not self.cursor.fail(failure) and not self.cursor.frames:
            self.host.failed = True
            if self.play.force_handlers and self.notified and not self._handlers_forced:
                self._handlers_forced = True
                self._failing = failure
                self.cursor.push(Frame([self.play.flush_task], (_AFTER,)))
            else:
                self._finish(Status.FAILED)

    # --- one task -----------------------------------------------------------------------------------------

    def _perform(self, task: Task, position: Position) -> None:
        if self.cursor.frames[-1].handlers:
            self.notified.discard(id(task))
        if task.statement is not Statement.MODULE:
            statements.perform(self, task, position)
            return
        once = self.play.once.get(position)
        if once is not None:
            self._adopt(task, once)
            return
        started = time.time()
        plan = self._ready.pop(position, None)
        if plan is None:
            plan = make_plan(self, task, position, self.scope(task, self.cursor))
        else:
            plan.arrive(self._guard)
        self.play.publish(
            TaskStarted(self.host.name, plan.title, position, task.mark, self.cursor.in_handlers())
        )
        try:
            self._rounds(plan)
        except TransportError as error:
            if self.play.shared.stopped.is_set():  # it was the run that closed the connection
                self.done = True
            elif isinstance(error, AgentError):
                self._settle(plan, {"failed": True, "changed": False, "msg": str(error)}, started)
            else:
                self._lost(plan, error, started)
            return
        self._settle(plan, outcome.combined(plan), started)

    def _rounds(self, plan: Plan) -> None:
        """Get the results of all items, in order."""
        for item in plan.items:
            if item.waiting:
                make_ready(self, plan, item)
            self._round(plan, item)
            if plan.one_by_one:
                self._take_facts(plan, item)
                if plan.task.register:
                    self.host.set_facts[plan.task.register] = item.result
            if self._breaks(plan, item):
                plan.items = plan.items[: plan.items.index(item) + 1]
                break

    def _breaks(self, plan: Plan, item: Item) -> bool:
        condition = plan.task.loop_control.get("break_when")
        if condition is None or not plan.looped:
            return False
        scope = item.scope.child({plan.task.register: item.result}) if plan.task.register else item.scope
        return scope.templar.evaluate(condition, scope)

    def _round(self, plan: Plan, item: Item) -> None:
        """Get an item's result, judged, tried again as `until` says."""
        if item.result is not None:
            return
        pause = plan.task.loop_control.get("pause")
        if pause and item is not plan.items[0]:
            self.play.wait(float(item.scope.templar.render(pause, item.scope)))
        retries = self._retries(plan, item)
        attempt = 1
        while True:
            with self.play.turn(plan.task):
                self._obtain(plan, item)
            outcome.judge(plan, item)
            result = item.result or {}
            if not retries:
                return
            result["attempts"] = attempt
            try:
                if item.error is not None or outcome.satisfied(plan, item):
                    return
            except OfficefleetError as error:
                item.result = {**result, **failed(error)}
                return
            if attempt > retries:
                result["failed"] = True
                result["attempts"] = retries  # as Ansible counts: the first one is no retry
                return
            attempt += 1
            self.play.wait(float(self._value(plan.task.delay, item.scope) or 0))
            item.result = None

    def _retries(self, plan: Plan, item: Item) -> int:
        if plan.task.until or plan.task.retries is not None:
            given = self._value(plan.task.retries, item.scope)
            return max(0, int(3 if given is None else given))
        return 0

    @staticmethod
    def _value(value: Any, scope: Scope) -> Any:
        return scope.templar.render(value, scope) if holds_template(value) else value

    def _obtain(self, plan: Plan, item: Item) -> None:
        if plan.module.spec.kind is Kind.ACTION:
            item.result = self._act(plan, item)
            return
        if item.prepared is None:
            return
        while item.result is None:
            if self._flight is None:
                self._send(plan, item)
            try:
                next(self._flight or iter(()))
            except StopIteration:
                self._flight = None
            except PythonMissingError:
                if plan.module.name not in bare.MODULES or plan.where is None:
                    raise
                self._flight = None
                item.result = bare.run(
                    self.sessions.transport(plan.where), plan.where.become, item.prepared,
                    self._content.__getitem__, check=plan.check, timeout=self.options.silence,
                )  # fmt: skip
        if plan.poll and not item.result.get("finished", 1):
            self._await_job(plan, item)
        self._finish_item(plan, item)

    def _await_job(self, plan: Plan, item: Item) -> None:
        """Ask for a job until it is done; a connection that breaks meanwhile does not matter."""
        job = str((item.result or {}).get("ansible_job_id"))
        end = time.monotonic() + plan.async_seconds + plan.poll
        while time.monotonic() < end:
            self.play.wait(plan.poll)
            try:
                found = self.run_now(plan.task, item.scope, "async_status", {"jid": job}, 60)
            except TransportError:
                continue
            if found.get("finished"):
                item.result = found
                return
        item.result = {"failed": True, "changed": False, "finished": 0, "ansible_job_id": job,
                       "msg": "async task did not complete within the requested time"}  # fmt: skip

    def _act(self, plan: Plan, item: Item) -> dict[str, Any]:
        controller = plan.module.controller
        try:
            return dict(controller.act(item.args, item.controller)) if controller is not None else {}
        except TransportError:
            raise
        except OfficefleetError as error:
            item.error = error
            return failed(error)

    def _finish_item(self, plan: Plan, item: Item) -> None:
        if item.result is None or item.prepared is None:
            return
        if item.prepared.extra:
            item.result = {**item.prepared.extra, **item.result}
        controller = plan.module.controller
        if controller is not None and hasattr(controller, "finish") and not item.result.get("failed"):
            try:
                item.result = dict(controller.finish(item.args, item.result, item.controller))
            except OfficefleetError as error:
                item.error = error
                item.result = failed(error)

    # --- batches ------------------------------------------------------------------------------------------

    def _send(self, plan: Plan, item: Item) -> None:
        """Send a plan's open items and all that may go along; results are then taken from the flight."""
        alone = plan.closed
        plans = [plan]
        if not alone:
            ahead = lookahead.following(self, plan)
            self._ready = {one.position: one for one in ahead}
            plans += ahead
        targets: list[tuple[Plan, Item]] = []
        steps: list[Mapping[str, Any]] = []
        for group, one in enumerate(plans):
            for target, step in one.steps(group):
                if alone and target is not item:
                    continue
                targets.append((one, target))
                steps.append(step)
        self._flight = self._fly(plan, targets, steps)

    def _fly(
        self, plan: Plan, targets: list[tuple[Plan, Item]], steps: list[Mapping[str, Any]]
    ) -> Iterator[None]:
        where = plan.where
        if where is None:
            raise AgentError(_("nowhere to run"))

        def progress(index: int, text: str) -> None:
            if index < len(targets):
                shown = "" if targets[index][0].no_log else text
                self.play.publish(TaskProgress(self.host.name, targets[index][0].title, shown))

        try:
            session = self.sessions.get(where)
            for index, result in session.run(steps, timeout=self.options.silence, progress=progress):
                targets[index][1].result = result
                yield
        except TransportError:
            self.sessions.drop(where)
            self._ready.clear()
            raise

    def run_now(
        self, task: Task, scope: Scope, module: str, args: Mapping[str, Any], timeout: float
    ) -> dict[str, Any]:
        """Run one step of a module outside the plan, for controller-side modules."""
        where = place_of(self, task, scope)
        found = registry.get(module)
        if found is None:
            raise PlaybookError(_("unknown module {name!r}").format(name=module), mark=task.mark)
        self._flight = None  # nothing is sent along with a task that comes here
        typed = arguments.validate(found, args, task.mark).model_dump(mode="json")
        step = {"m": found.name, "a": typed, "check": False, "diff": False, "timeout": timeout, "env": {}}
        try:
            for _index, result in self.sessions.get(where).run(
                [step], timeout=timeout or self.options.silence
            ):
                return result
        except TransportError:
            self.sessions.drop(where)
            raise
        raise UnreachableError(_("{host}: no answer").format(host=self.host.name))

    def wait_until_reachable(self, task: Task, scope: Scope, timeout: float, delay: float) -> float:
        """See `TaskController.wait_until_reachable`."""
        begun = time.monotonic()
        self.sessions.forget()
        self.play.wait(delay)
        while True:
            try:
                self.run_now(task, scope, "ping", {"data": "pong"}, 10)
                return time.monotonic() - begun
            except TransportError as error:
                if time.monotonic() - begun > timeout:
                    raise UnreachableError(
                        _("{host}: not reachable after {seconds:.0f} s: {reason}").format(
                            host=self.host.name, seconds=timeout, reason=error.message
                        )
                    ) from None
                self.play.wait(0.5)

    # --- what a result brings -----------------------------------------------------------------------------

    def _settle(self, plan: Plan, result: dict[str, Any], started: float) -> None:
        task = plan.task
        status = outcome.status_of(result)
        if status is Status.FAILED:
            status = self._failed_status(plan)
        if task.register:
            lazy = plan.module.spec.facts == "include_vars"
            self.host.set_facts[task.register] = opening(result) if lazy else result
        for item in plan.items:
            self._take_facts(plan, item)
        if result.get("changed"):
            try:
                self._notify(plan)
            except OfficefleetError as error:
                result.update(failed(error))
                status = self._failed_status(plan)
        if self.passed == plan.position and barriers.runs_once(task):
            self.play.once[plan.position] = (
                result,
                dict(self.host.set_facts) if plan.module.spec.facts else {},
            )
        self._publish(plan, result, status, started)
        self.cursor.advance()
        if status in (Status.FAILED, Status.RESCUED):
            failure = Failure(task, result)
            self._stop_others(plan, failure)
            self._unwind(failure)

    def _failed_status(self, plan: Plan) -> Status:
        if plan.go_on:
            return Status.IGNORED
        return Status.RESCUED if self.cursor.would_rescue() else Status.FAILED

    def _stop_others(self, plan: Plan, failure: Failure) -> None:
        """With any_errors_fatal a failure is every host's, once all have come as far as this task."""
        if self._value(plan.task.keywords.get("any_errors_fatal"), plan.scope):
            self.play.is_fatal(self.host.name, failure)

    def fail_along(self, failure: Failure) -> None:
        """Fail as another host has failed (any_errors_fatal)."""
        self._flight = None
        self._unwind(failure)

    def _take_facts(self, plan: Plan, item: Item) -> None:
        result = item.result or {}
        if result.get("failed") and plan.module.spec.facts != "facts":
            return
        facts = result.get("ansible_facts")
        if isinstance(facts, Mapping):
            host = self.play.delegate(plan, item) if plan.task.delegate_facts else self.host
            if plan.module.spec.facts == "set_fact":
                host.set_facts.update(facts)
                if getattr(item.args, "cacheable", False):
                    host.facts.update(facts)
            elif plan.module.spec.facts == "include_vars":
                host.include_vars.update(facts)
            else:
                host.facts.update({name.removeprefix("ansible_"): value for name, value in facts.items()})
        self.play.grow(self.host.name, result)

    def _notify(self, plan: Plan) -> None:
        if not plan.task.notify:
            return
        changed = [item.scope for item in plan.items if (item.result or {}).get("changed")]
        for scope in changed if plan.looped else [plan.scope]:
            for entry in plan.task.notify:
                rendered = self._value(entry, scope)
                for name in rendered if isinstance(rendered, list) else [rendered]:
                    self.notified |= self.play.handlers.named(str(name), plan.task)

    def _adopt(self, task: Task, once: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
        """Take over what the host that ran a run_once task has got."""
        result, facts = once
        if task.register:
            self.host.set_facts[task.register] = result
        self.host.set_facts.update(facts)
        self.cursor.advance()
        if result.get("failed") and not task.keywords.get("ignore_errors"):
            self._unwind(Failure(task, result))

    def _lost(self, plan: Plan, error: TransportError, started: float) -> None:
        """The host does not answer: it leaves the run, unless the task says that this does not matter."""
        self._flight = None
        result = {"unreachable": True, "changed": False, "msg": error.message, "hint": error.hint}
        self._publish(plan, result, Status.UNREACHABLE, started)
        if plan.task.keywords.get("ignore_unreachable") is True:
            if plan.task.register:
                self.host.set_facts[plan.task.register] = result
            self.cursor.advance()
            return
        self.host.unreachable = True
        self._stop_others(plan, Failure(plan.task, result))
        self._finish(Status.UNREACHABLE)

    def _publish(self, plan: Plan, result: Mapping[str, Any], status: Status, started: float) -> None:
        shown = censored(result) if plan.no_log else result
        items = [
            (
                "" if plan.no_log else item.label,
                outcome.status_of(item.result or {}),
                censored(item.result or {}) if plan.no_log else item.result or {},
            )
            for item in (plan.items if plan.looped else ())
        ]
        self.play.publish(
            TaskFinished(
                self.host.name, plan.title, plan.module.name, plan.position, plan.task.mark, status, shown,
                time.time() - started, self.cursor.in_handlers(), items,
            )
        )  # fmt: skip

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
        self._finish()

    def fail_statement(self, task: Task, error: OfficefleetError) -> None:
        """A statement that cannot be carried out fails like a task."""
        result = failed(error)
        self.play.publish(
            TaskFinished(
                self.host.name,
                task.title,
                task.module,
                self.cursor.position,
                task.mark,
                Status.FAILED,
                result,
                0.0,
            )
        )
        self.cursor.advance()
        self._unwind(Failure(task, result))
