"""What a task's result means: changed, failed, until; and the combined result of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.engine.events import Status
from officefleet.engine.planner import failed as failed_result
from officefleet.errors import OfficefleetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.engine.plan import Item, Plan


def judge(plan: Plan, item: Item) -> None:
    """Apply changed_when and failed_when to an item's result, in place."""
    result = item.result
    task = plan.task
    if result is None or item.settled or result.get("skipped") or result.get("unreachable"):
        return
    result.setdefault("changed", False)
    if "failed" not in result:
        result["failed"] = (
            bool(result.get("rc", 0)) if plan.module.name in ("command", "shell", "script") else False
        )
    if task.changed_when is None and task.failed_when is None:
        return
    scope = item.scope.child({task.register: result} if task.register else result_names(result))
    try:
        if task.changed_when is not None:
            result["changed"] = all(scope.templar.evaluate(one, scope) for one in task.changed_when)
        if task.failed_when is not None:
            holds = bool(task.failed_when) and all(
                scope.templar.evaluate(one, scope) for one in task.failed_when
            )
            result["failed"] = result["failed_when_result"] = holds
    except OfficefleetError as error:
        item.error = error
        result.update(failed_result(error))


def result_names(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names under which a task without register sees its own result."""
    return {"result": result}


def satisfied(plan: Plan, item: Item) -> bool:
    """Return whether an item's `until` holds; without one, whether it has not failed."""
    result = item.result or {}
    if not plan.task.until:
        return not result.get("failed")
    scope = item.scope.child({plan.task.register: result} if plan.task.register else result_names(result))
    return all(scope.templar.evaluate(one, scope) for one in plan.task.until)


def combined(plan: Plan) -> dict[str, Any]:
    """Return a task's whole result: the single round's, or a loop's with ``results``."""
    if not plan.looped:
        return plan.items[0].result or {}
    results = []
    for item in plan.items:
        entry = dict(item.result or {})
        entry.update(item.round)
        results.append(entry)
    whole: dict[str, Any] = {
        "results": results,
        "changed": any(one.get("changed") for one in results),
        "skipped": False,
        "msg": "All items completed",
    }
    if any(one.get("failed") for one in results):
        whole["failed"] = True
        whole["msg"] = "One or more items failed"
    if results and all(one.get("skipped") for one in results):
        whole["skipped"] = True
        whole["msg"] = "All items skipped"
    return whole


def _counts_as_failed(result: Mapping[str, Any]) -> bool:
    """Where failed_when spoke, its word counts, even if `until` has given up on the result since then."""
    rounds = result.get("results")
    told = (
        [result, *(one for one in rounds if isinstance(one, dict))] if isinstance(rounds, list) else [result]
    )
    verdicts = [one["failed_when_result"] for one in told if "failed_when_result" in one]
    return any(verdicts) if verdicts else bool(result.get("failed"))


def status_of(result: Mapping[str, Any]) -> Status:
    """Return how a result shows."""
    if result.get("unreachable"):
        return Status.UNREACHABLE
    if _counts_as_failed(result):
        return Status.FAILED
    if result.get("skipped"):
        return Status.SKIPPED
    return Status.CHANGED if result.get("changed") else Status.OK
