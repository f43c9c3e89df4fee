"""Finds the tasks that can be sent along with the next one: all that need no result not yet known.

The walk is the host's own, on a copy of its cursor, under the assumption that nothing fails. Names that results
under way will set raise NeedsResultError when a template asks for them: there the batch ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.engine import barriers
from officefleet.engine.hosts import Overlay
from officefleet.engine.planner import make_plan
from officefleet.errors import OfficefleetError
from officefleet.modules.spec import Kind
from officefleet.playbook.keywords import ROLE_COMPLETE
from officefleet.playbook.model import Block, Statement
from officefleet.source.scope import TooEarlyError

if TYPE_CHECKING:
    from officefleet.engine.cursor import Cursor
    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.plan import Plan
    from officefleet.playbook.model import Task

_MAX_STEPS = 400
_MAX_BYTES = 8 << 20  # of content offered; more than that waits for the next batch


def following(run: HostRun, first: Plan) -> list[Plan]:
    """Return the plans that may go to the host in one batch after `first`."""
    if first.closed or run.play.synchronous or first.where is None:
        return []
    overlay = Overlay(known=run.unpending_names())
    note(overlay, first)
    cursor = run.cursor.fork()
    cursor.advance()  # it stands at `first` itself
    plans: list[Plan] = []
    steps = len(first.items)
    while steps < _MAX_STEPS and run.offered_bytes() < _MAX_BYTES:
        try:
            plan = _next(run, cursor, overlay)
        except (TooEarlyError, OfficefleetError):
            break
        if plan is None:
            break
        if plan.broken or plan.where != first.where:
            break
        plans.append(plan)
        steps += len(plan.items)
        note(overlay, plan)
        if plan.closed:
            break
    return plans


def note(overlay: Overlay, plan: Plan) -> None:
    """Take into account what the result of a plan under way will set."""
    if plan.task.register:
        overlay.pending.add(plan.task.register)
    if plan.module.spec.facts:
        overlay.facts_pending = True
    if plan.task.notify:
        overlay.notified = True


def _next(run: HostRun, cursor: Cursor, overlay: Overlay) -> Plan | None:
    """Return the next plan that goes to the host, or None where looking ahead must end."""
    while True:
        node = _peek(run, cursor, overlay)
        if node is None:
            return None
        if not run.takes(node, cursor):
            cursor.advance()
            continue
        if barriers.is_barrier(node) or node.keywords.get("throttle"):
            return None
        if node.statement is Statement.MODULE:
            position = cursor.position
            plan = make_plan(run, node, position, run.scope(node, cursor, overlay))
            cursor.advance()
            if plan.remote:
                return plan
            if not _settled(overlay, plan):
                return None
        elif not _statement(run, cursor, overlay, node):
            return None


def _peek(run: HostRun, cursor: Cursor, overlay: Overlay) -> Task | None:
    """Return the next task, stepping into blocks; None where looking ahead must end."""
    while True:
        node = cursor.peek()
        if node is None or (overlay.notified and cursor.frames[-1].handlers):
            return None  # at the end, or at a handler that one under way may notify
        if not isinstance(node, Block):
            return node
        if not _enter(run, cursor, overlay, node):
            return None


def _enter(run: HostRun, cursor: Cursor, overlay: Overlay, block: Block) -> bool:
    """Step into a block; return False at a role that the host may have been through by then."""
    role = block.role
    once = block.ends_role and role is not None and not role.allow_duplicates
    if once and role is not None and role.identity in overlay.roles:
        return False
    if once and role is not None and role.identity in run.roles_done:
        cursor.advance()
    else:
        cursor.enter(block)
    return True


def _settled(overlay: Overlay, plan: Plan) -> bool:
    """Take in a task that needs no host; return False when what follows depends on more than that."""
    if plan.broken:
        return False
    if plan.skipped:
        if plan.task.register:
            overlay.pending.add(plan.task.register)
        return True
    if plan.module.spec.kind is not Kind.ACTION or not plan.module.spec.pure or plan.closed:
        return False
    for item in plan.items:
        if item.result is None and plan.module.controller is not None:
            result = plan.module.controller.act(item.args, item.controller)
            if result.get("failed"):
                return False
            facts = result.get("ansible_facts") or {}
            (overlay.included if plan.module.spec.facts == "include_vars" else overlay.sets).update(facts)
    if plan.task.register:
        overlay.pending.add(plan.task.register)
    if plan.task.notify:
        overlay.notified = True
    return True


def _statement(run: HostRun, cursor: Cursor, overlay: Overlay, task: Task) -> bool:
    """Step over or into an include; return False where looking ahead must end."""
    if task.statement is Statement.META:
        word = str(task.args.get("_raw_params"))
        if word == ROLE_COMPLETE and task.role is not None:
            overlay.roles.add(task.role.identity)
        if word in ("noop", ROLE_COMPLETE) or (
            word == "flush_handlers" and not overlay.notified and not run.notified
        ):
            cursor.advance()
            return True
        return False
    if task.register:
        return False
    frames = run.include_frames(task, cursor.position, run.scope(task, cursor, overlay))
    if frames is None:
        return False
    cursor.advance()
    for frame in reversed(frames):
        cursor.push(frame)
    return True
