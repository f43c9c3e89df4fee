"""Gets the results of a task's rounds: one, or one an item of its loop, each tried again as `until` says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from officefleet.engine import bare, flight, outcome, settling
from officefleet.engine.planner import failed, make_ready, value_of
from officefleet.errors import OfficefleetError, PythonMissingError, TransportError
from officefleet.modules.spec import Kind

if TYPE_CHECKING:
    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.plan import Item, Plan


def obtain_all(run: HostRun, plan: Plan) -> None:
    """Get the results of all items, in order."""
    for item in plan.items:
        if item.waiting:
            make_ready(run, plan, item)
        _round(run, plan, item)
        if plan.one_by_one:
            settling.take_facts(run, plan, item)
            if plan.task.register:
                run.host.set_facts[plan.task.register] = item.result
        if _breaks(plan, item):
            plan.items = plan.items[: plan.items.index(item) + 1]
            break


def _breaks(plan: Plan, item: Item) -> bool:
    condition = plan.task.loop_control.get("break_when")
    if condition is None or not plan.looped:
        return False
    scope = item.scope.child({plan.task.register: item.result}) if plan.task.register else item.scope
    return scope.templar.evaluate(condition, scope)


def _round(run: HostRun, plan: Plan, item: Item) -> None:
    """Get an item's result, judged, tried again as `until` says."""
    if item.result is not None:
        if item.refused:
            outcome.judge(plan, item)
        return
    pause = plan.task.loop_control.get("pause")
    if pause and item is not plan.items[0]:
        run.play.wait(float(item.scope.templar.render(pause, item.scope)))
    retries = _retries(plan, item)
    attempt = 1
    while True:
        with run.play.turn(plan.task, value_of(plan.task.keywords.get("throttle"), item.scope)):
            _obtain(run, plan, item)
        outcome.judge(plan, item)
        result = item.result or {}
        if not retries:
            return
        result["attempts"] = attempt
        try:
            if item.settled or outcome.satisfied(plan, item):
                return
        except OfficefleetError as error:
            item.result = {**result, **failed(error)}
            return
        if attempt > retries:
            result["failed"] = True
            result["attempts"] = retries  # as Ansible counts: the first one is no retry
            return
        attempt += 1
        run.play.wait(float(value_of(plan.task.delay, item.scope) or 0))
        item.result = None


def _retries(plan: Plan, item: Item) -> int:
    if plan.task.until or plan.task.retries is not None:
        given = value_of(plan.task.retries, item.scope)
        return max(0, int(3 if given is None else given))
    return 0


def _obtain(run: HostRun, plan: Plan, item: Item) -> None:
    if plan.module.spec.kind is Kind.ACTION:
        item.result = _act(plan, item)
        if not plan.check and item.result.keys() & {"add_host", "add_group"}:
            item.result["changed"] = run.play.grow(run.host.name, item.result)
        return
    if item.prepared is None:
        return
    while item.result is None:
        if run.flight is None:
            flight.send(run, plan, item)
        try:
            next(run.flight or iter(()))
        except StopIteration:
            run.flight = None
        except PythonMissingError:
            if plan.module.name not in bare.MODULES or plan.where is None:
                raise
            run.flight = None
            item.result = bare.run(
                run.sessions.transport(plan.where), plan.where.become, item.prepared,
                run.content.__getitem__, check=plan.check, timeout=run.options.silence,
            )  # fmt: skip
    if plan.poll and not item.result.get("finished", 1):
        _await_job(run, plan, item)
    _finish_item(plan, item)


def _await_job(run: HostRun, plan: Plan, item: Item) -> None:
    """Ask for a job until it is done; a connection that breaks meanwhile does not matter."""
    job = str((item.result or {}).get("ansible_job_id"))
    end = time.monotonic() + plan.async_seconds + plan.poll
    while time.monotonic() < end:
        run.play.wait(plan.poll)
        try:
            found = flight.run_now(run, plan.task, item.scope, "async_status", {"jid": job}, 60)
        except TransportError:
            continue
        if found.get("finished"):
            item.result = found
            return
    item.result = {"failed": True, "changed": False, "finished": 0, "ansible_job_id": job,
                   "msg": "async task did not complete within the requested time"}  # fmt: skip


def _act(plan: Plan, item: Item) -> dict[str, Any]:
    controller = plan.module.controller
    try:
        return dict(controller.act(item.args, item.controller)) if controller is not None else {}
    except TransportError:
        raise
    except OfficefleetError as error:
        item.error = error
        return failed(error)


def _finish_item(plan: Plan, item: Item) -> None:
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
