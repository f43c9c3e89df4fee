"""Turns events into statements for the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from officefleet.engine.events import Status

if TYPE_CHECKING:
    from officefleet.engine.events import Event, TaskFinished

_LONGEST_TEXT = 16_384  # characters of one text in a result
_LONGEST_DIFF = 262_144
_LONGEST_WORDS = 4096
_DERIVED = frozenset({"stdout_lines", "stderr_lines", "diff"})
_QUIET = frozenset({Status.OK, Status.SKIPPED})


def result_row(event: TaskFinished) -> tuple[Any, ...]:
    """Return a result's values from `host` on, in the order of the table."""
    return (
        event.host,
        event.task,
        event.module,
        ".".join(str(step) for step in event.position),
        str(event.mark),
        int(event.handler),
        event.status.value,
        event.at,
        event.seconds,
        as_json(_shortened(event.result)),
        _diff(event.result),
    )


def words(event: TaskFinished) -> str | None:
    """Return the text under which a result is found; None for one that neither changed nor failed."""
    if event.status in _QUIET:
        return None
    parts = [event.host, event.task]
    for result in [event.result, *(result for _label, _status, result in event.items)]:
        parts += [str(result[name])[-_LONGEST_WORDS:] for name in ("msg", "stderr", "stdout", "dest", "path")
                  if result.get(name)]  # fmt: skip
    return "\n".join(parts)


def as_json(value: Any) -> str:
    """Return compact JSON; what JSON cannot hold becomes text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _shortened(value: Any) -> Any:
    """Return a result without what can be derived or would fill the ledger: facts, long outputs' beginnings."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else "[...]" + value[-_LONGEST_TEXT:]
    if isinstance(value, Mapping):
        return {
            str(key): f"[{len(item)}]"
            if key == "ansible_facts" and isinstance(item, Mapping)
            else _shortened(item)
            for key, item in value.items()
            if key not in _DERIVED
        }
    if isinstance(value, (list, tuple)):
        return [_shortened(item) for item in value]
    return value


def _diff(result: Mapping[str, Any]) -> str | None:
    found = [one["diff"] for one in [result, *(result.get("results") or ())]
             if isinstance(one, Mapping) and one.get("diff")]  # fmt: skip
    if not found:
        return None
    text = as_json(found)
    return (
        text
        if len(text) <= _LONGEST_DIFF
        else as_json([{"before": "", "after": f"[{len(text)} characters]"}])
    )


def is_recorded(event: Event) -> bool:
    """Return whether an event leaves a row."""
    return type(event).__name__ not in ("TaskStarted", "TaskProgress", "BatchStarted")
