"""What of a task's result a person wants to read: messages, diffs, why it failed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import Status
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.engine.events import TaskFinished

_NOT_FOUND = 127  # what a shell returns for an unknown command
_LONGEST_DIFF = 400  # lines
_INTERNAL = frozenset({"changed", "failed", "skipped", "results", "ansible_loop_var", "failed_when_result"})


def said(event: TaskFinished) -> str:
    """Return what debug (and a warning of any module) wants shown, "" for nothing."""
    parts = [f"[WARNING] {text}" for text in event.result.get("warnings") or ()]
    if event.module == "debug" and event.status is not Status.SKIPPED and "censored" not in event.result:
        rounds = [result for _label, status, result in event.items if status is not Status.SKIPPED]
        parts += [_debug(result) for result in (rounds or [event.result]) if not result.get("failed")]
    return "\n".join(part for part in parts if part)


def _debug(result: Mapping[str, Any]) -> str:
    if "msg" in result:
        return as_text(result["msg"])
    return "\n".join(f"{name}: {as_text(value)}" for name, value in result.items() if name not in _INTERNAL)


def as_text(value: Any) -> str:
    """Return text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def details(result: Mapping[str, Any]) -> str:
    """Return a whole result on one line of JSON."""
    return json.dumps(
        {name: value for name, value in result.items() if name != "diff"}, ensure_ascii=False, default=str
    )


def diff_text(event: TaskFinished) -> str:
    """Return a result's differences as unified diffs, those of a loop's items one after another."""
    results = [result for _label, _status, result in event.items] or [event.result]
    found: list[str] = []
    for result in results:
        found += diff_lines(result)
    return "\n".join(found[:_LONGEST_DIFF])


def diff_lines(result: Mapping[str, Any]) -> list[str]:
    """Return the unified diff lines of one result, [] when it has none."""
    given = result.get("diff")
    entries = given if isinstance(given, list) else [given] if given else []
    found: list[str] = []
    for entry in entries:
        if isinstance(entry, Mapping):
            found += _entry(entry)
    return found


def _entry(entry: Mapping[str, Any]) -> Iterator[str]:
    if "prepared" in entry:
        yield from str(entry["prepared"]).rstrip("\n").split("\n")
        return
    before, after = _side(entry.get("before")), _side(entry.get("after"))
    path = next(
        (
            side["path"]
            for side in (entry.get("after"), entry.get("before"))
            if isinstance(side, Mapping) and side.get("path")
        ),
        "",
    )
    name = str(entry.get("after_header") or entry.get("before_header") or path)
    lines = difflib.unified_diff(
        before.splitlines(),
        after.splitlines(),
        f"before{': ' + str(entry.get('before_header') or name) if name else ''}",
        f"after{': ' + name if name else ''}",
        lineterm="",
    )
    yield from lines


def _side(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {as_text(item)}" for key, item in value.items())
    return as_text(value)


def reason(result: Mapping[str, Any]) -> str:
    """Return why a task or item failed, in its module's words."""
    return str(result.get("censored") or result.get("msg") or "")


def failing(event: TaskFinished) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (label, result) of what failed: the task itself, or the items of its loop that did."""
    bad = [(label, result) for label, status, result in event.items if status is Status.FAILED]
    if bad:
        yield from bad
    else:
        yield "", event.result


def hint(result: Mapping[str, Any]) -> str:
    """Return what to do about a failure, "" when there is nothing to say."""
    if result.get("hint"):
        return str(result["hint"])
    if result.get("rc") == _NOT_FOUND:
        return _("the program is not on the host: install it, or give its full path")
    return ""
