"""Runs one module on a host: read, plan, apply, or as a whole. Standard library only."""

from __future__ import annotations

import importlib

from officefleet.agents import kit

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs 5 ms to import
    from typing import Any


def execute(name: str, args: dict[str, Any], context: kit.Context) -> dict[str, Any]:
    """Run one module and return its result, a dict that holds at least "changed"."""
    plan, posix = load(name)
    if plan is None:
        whole: dict[str, Any] = posix.run(args, context)
        return whole
    state = posix.read(args, context)
    changes = plan.plan(state, args)
    outcome: dict[str, Any] = {}
    if not context.check:
        for change in changes:
            outcome.update(posix.apply(change, context) or {})
    result: dict[str, Any] = {"changed": bool(changes)}
    if hasattr(plan, "result"):
        result.update(plan.result(state, args, changes))
    if hasattr(posix, "report"):
        result.update(posix.report(args, state, changes, context) or {})
    result.update(outcome)
    if context.diff:
        result["diff"] = plan.diff(state, args, changes) if hasattr(plan, "diff") else generic_diff(changes)
    return result


def generic_diff(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return before and after of all changes that carry them, as two dicts."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for change in changes:
        before.update(change.get("before") or {})
        after.update(change.get("after") or {})
    return {"before": before, "after": after}


def load(name: str) -> tuple[Any, Any]:
    """Return a module's (plan or None, posix)."""
    base = "officefleet.modules." + name
    try:
        posix = importlib.import_module(base + ".posix")
    except ImportError as error:
        if error.name not in (base, base + ".posix"):
            raise
        raise kit.Failed("the module %s runs on Windows only" % name) from None
    if hasattr(posix, "run"):
        return None, posix
    return importlib.import_module(base + ".plan"), posix
