"""What a task's result brings: a status, a register, facts, notifications, a rescue."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.engine import outcome
from officefleet.engine.cursor import Failure
from officefleet.engine.events import Status, TaskFinished
from officefleet.engine.masking import censored
from officefleet.engine.planner import failed, value_of
from officefleet.errors import OfficefleetError, TransportError
from officefleet.source.secrets.sealed import opening

if TYPE_CHECKING:
    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.plan import Item, Plan
    from officefleet.playbook.model import Task


def settle(run: HostRun, plan: Plan, result: dict[str, Any], started: float) -> None:
    """Take in the result of a task that has ended and move on, or unwind."""
    task = plan.task
    status = outcome.status_of(result)
    if status is Status.FAILED:
        status = _failed_status(run, plan)
    if task.register:
        lazy = plan.module.spec.facts == "include_vars"
        run.host.set_facts[task.register] = opening(result) if lazy else result
    for item in plan.items:
        take_facts(run, plan, item)
    if result.get("changed"):
        try:
            _notify(run, plan)
        except OfficefleetError as error:
            result.update(failed(error))
            status = _failed_status(run, plan)
    if run.passed == plan.position and run.runs_once(task):
        run.play.once[plan.position] = (
            result,
            dict(run.host.set_facts) if plan.module.spec.facts else {},
        )
    if task.role is not None and status is not Status.SKIPPED:
        run.roles_run.add(task.role.identity)
    _publish(run, plan, result, status, started)
    run.cursor.advance()
    if status in (Status.FAILED, Status.RESCUED):
        failure = Failure(task, result)
        _stop_others(run, plan, failure)
        run.unwind(failure)


def _failed_status(run: HostRun, plan: Plan) -> Status:
    if plan.go_on:
        return Status.IGNORED
    return Status.RESCUED if run.cursor.would_rescue() else Status.FAILED


def _stop_others(run: HostRun, plan: Plan, failure: Failure) -> None:
    """With any_errors_fatal a failure is every host's, once all have come as far as this task."""
    if value_of(plan.task.keywords.get("any_errors_fatal"), plan.scope):
        run.play.is_fatal(run.host.name, failure)


def take_facts(run: HostRun, plan: Plan, item: Item) -> None:
    """Keep the facts and variables that an item's result brings."""
    result = item.result or {}
    if result.get("failed") and plan.module.spec.facts != "facts":
        return
    facts = result.get("ansible_facts")
    if isinstance(facts, Mapping):
        host = run.play.delegate(plan, item) if plan.task.delegate_facts else run.host
        if plan.module.spec.facts == "set_fact":
            host.set_facts.update(facts)
            if getattr(item.args, "cacheable", False):
                host.take_facts(facts)
        elif plan.module.spec.facts == "include_vars":
            host.include_vars.update(facts)
        else:
            host.take_facts(facts)


def _notify(run: HostRun, plan: Plan) -> None:
    if not plan.task.notify:
        return
    changed = [item.scope for item in plan.items if (item.result or {}).get("changed")]
    for scope in changed if plan.looped else [plan.scope]:
        for entry in plan.task.notify:
            rendered = value_of(entry, scope)
            for name in rendered if isinstance(rendered, list) else [rendered]:
                run.notified |= run.play.handlers.named(str(name), plan.task)


def adopt(run: HostRun, task: Task, once: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
    """Take over what the host that ran a run_once task has got."""
    result, facts = once
    if task.register:
        run.host.set_facts[task.register] = result
    run.host.set_facts.update(facts)
    run.cursor.advance()
    if result.get("failed") and not task.keywords.get("ignore_errors"):
        run.unwind(Failure(task, result))


def lost(run: HostRun, plan: Plan, error: TransportError, started: float) -> None:
    """The host does not answer: it leaves the run, unless the task says that this does not matter."""
    run.flight = None
    result = {"unreachable": True, "changed": False, "msg": error.message, "hint": error.hint}
    _publish(run, plan, result, Status.UNREACHABLE, started)
    if plan.task.keywords.get("ignore_unreachable") is True:
        if plan.task.register:
            run.host.set_facts[plan.task.register] = result
        run.cursor.advance()
        return
    run.host.unreachable = True
    _stop_others(run, plan, Failure(plan.task, result))
    run.finish(Status.UNREACHABLE)


def _publish(run: HostRun, plan: Plan, result: Mapping[str, Any], status: Status, started: float) -> None:
    shown = censored(result) if plan.no_log else result
    items = [
        (
            "" if plan.no_log else item.label,
            outcome.status_of(item.result or {}),
            censored(item.result or {}) if plan.no_log else item.result or {},
        )
        for item in (plan.items if plan.looped else ())
    ]
    run.play.publish(
        TaskFinished(
            run.host.name, plan.title, plan.module.name, plan.position, plan.task.mark, status, shown,
            time.time() - started, run.cursor.in_handlers(), items,
        )
    )  # fmt: skip
