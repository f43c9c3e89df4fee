"""Sends batches to a host: a task with all that may go along with it, or one step in between."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from officefleet.engine import lookahead
from officefleet.engine.events import TaskProgress
from officefleet.engine.planner import place_of
from officefleet.errors import AgentError, PlaybookError, TransportError, UnreachableError
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.playbook import args as arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from officefleet.engine.hostrun import HostRun
    from officefleet.engine.plan import Item, Plan
    from officefleet.playbook.model import Task
    from officefleet.source.scope import Scope


def send(run: HostRun, plan: Plan, item: Item) -> None:
    """Send a plan's open items and all that may go along; results are then taken from the flight."""
    alone = plan.closed
    plans = [plan]
    if not alone:
        ahead = lookahead.following(run, plan)
        run.ready = {one.position: one for one in ahead}
        plans += ahead
    targets: list[tuple[Plan, Item]] = []
    steps: list[Mapping[str, Any]] = []
    for group, one in enumerate(plans):
        for target, step in one.steps(group):
            if alone and target is not item:
                continue
            targets.append((one, target))
            steps.append(step)
    run.flight = _fly(run, plan, targets, steps)


def _fly(
    run: HostRun, plan: Plan, targets: list[tuple[Plan, Item]], steps: list[Mapping[str, Any]]
) -> Iterator[None]:
    where = plan.where
    if where is None:
        raise AgentError(_("nowhere to run"))

    def progress(index: int, text: str) -> None:
        if index < len(targets):
            shown = "" if targets[index][0].no_log else text
            run.play.publish(TaskProgress(run.host.name, targets[index][0].title, shown))

    try:
        session = run.sessions.get(where)
        for index, result in session.run(steps, timeout=run.options.silence, progress=progress):
            targets[index][1].result = result
            yield
    except TransportError:
        run.sessions.drop(where)
        run.ready.clear()
        raise


def run_now(
    run: HostRun,
    task: Task,
    scope: Scope,
    module: str,
    args: Mapping[str, Any],
    timeout: float,
    *,
    as_login: bool = False,
) -> dict[str, Any]:
    """Run one step of a module outside the plan, for controller-side modules."""
    where = place_of(run, task, scope)
    if as_login:
        where = replace(where, become=None)
    found = registry.get(module)
    if found is None:
        raise PlaybookError(_("unknown module {name!r}").format(name=module), mark=task.mark)
    run.flight = None  # nothing is sent along with a task that comes here
    typed = arguments.validate(found, args, task.mark).model_dump(mode="json")
    step = {"m": found.name, "a": typed, "check": False, "diff": False, "timeout": timeout, "env": {}}
    try:
        for _index, result in run.sessions.get(where).run([step], timeout=timeout or run.options.silence):
            return result
    except TransportError:
        run.sessions.drop(where)
        raise
    raise UnreachableError(_("{host}: no answer").format(host=run.host.name))


def wait_until_reachable(run: HostRun, task: Task, scope: Scope, timeout: float, delay: float) -> float:
    """See `TaskController.wait_until_reachable`."""
    begun = time.monotonic()
    run.sessions.forget()
    run.play.wait(delay)
    while True:
        try:
            run_now(run, task, scope, "ping", {"data": "pong"}, 10)
            return time.monotonic() - begun
        except TransportError as error:
            if time.monotonic() - begun > timeout:
                raise UnreachableError(
                    _("{host}: not reachable after {seconds:.0f} s: {reason}").format(
                        host=run.host.name, seconds=timeout, reason=error.message
                    )
                ) from None
            run.play.wait(0.5)
