"""Tests over a registered result: failed, changed, skipped, ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import Plugins, is_list, kind_of


def _result(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TemplateError(
            _("The '{name}' test expects a dictionary, got {kind}").format(name=name, kind=kind_of(value))
        )
    return value


def failed(value: Any) -> bool:
    """Return whether the task failed."""
    return bool(_result("failed", value).get("failed", False))


def success(value: Any) -> bool:
    """Return whether the task did not fail."""
    return not failed(value)


def changed(value: Any) -> bool:
    """Return whether the task, or any item of its loop, changed something."""
    result = _result("changed", value)
    if "changed" in result:
        return bool(result["changed"])
    items = result.get("results", [])
    return is_list(items) and any(isinstance(item, Mapping) and bool(item.get("changed")) for item in items)


def skipped(value: Any) -> bool:
    """Return whether the task was skipped."""
    return bool(_result("skipped", value).get("skipped", False))


def unreachable(value: Any) -> bool:
    """Return whether the host did not answer."""
    return bool(_result("unreachable", value).get("unreachable", False))


def reachable(value: Any) -> bool:
    """Return whether the host answered."""
    return not unreachable(value)


def started(value: Any) -> bool:
    """Return whether an asynchronous task has begun; one that is not asynchronous has."""
    return bool(_result("started", value).get("started", True))


def finished(value: Any) -> bool:
    """Return whether an asynchronous task has ended; one that is not asynchronous has."""
    return bool(_result("finished", value).get("finished", True))


def timedout(value: Any) -> bool:
    """Return whether the task ran out of time."""
    found = _result("timedout", value).get("timedout", False)
    return bool(found.get("period", False)) if isinstance(found, Mapping) else bool(found)


TESTS: Final[Plugins] = {
    "change": changed,
    "changed": changed,
    "failed": failed,
    "failure": failed,
    "finished": finished,
    "reachable": reachable,
    "skip": skipped,
    "skipped": skipped,
    "started": started,
    "succeeded": success,
    "success": success,
    "successful": success,
    "timedout": timedout,
    "unreachable": unreachable,
}
