"""Writes a task's definition: the elements in the order that the schema wants, what nobody named as it was.

The order of a trigger's elements: [MS-TSCH] 2.5.3.1,
https://learn.microsoft.com/openspecs/windows_protocols/ms-tsch/a0cf999f-aa47-4821-a46a-00fd28431f65.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # it only writes here
from typing import Any

from officefleet.modules.win_scheduled_task import definition

_VERSIONS = {0: "1.0", 1: "1.1", 2: "1.2"}
_NEWEST = 2
_OURS = frozenset(
    {*(tag for tag, _usual in definition.SETTINGS.values()), "MultipleInstancesPolicy", "RestartOnFailure"}
)


def _below(parent: ET.Element, tag: str, attributes: dict[str, str] | None = None) -> ET.Element:
    return ET.SubElement(parent, f"{{{definition.SPACE}}}{tag}", attributes or {})


def _put(parent: ET.Element, tag: str, value: Any) -> None:
    """Add an element with a text; None adds nothing."""
    if value is None:
        return
    child = _below(parent, tag)
    child.text = ("true" if value else "false") if isinstance(value, bool) else str(value)


def render(values: dict[str, Any], old: str | None = None) -> str:
    """Return the XML of `values`, as `definition.parse` gives them.

    Args:
        values: what shall be.
        old: the present definition: settings that `values` do not know, and triggers and actions that are as wanted,
            are taken over with all that they hold.

    """
    found = None if old is None else definition.root_of(old)
    known = {} if old is None else definition.parse(old)
    version = _VERSIONS[values["compatibility"]]
    if found is not None and values["compatibility"] == _NEWEST:
        version = found.get("version", version)  # 1.3 and later have more settings
    root = ET.Element(f"{{{definition.SPACE}}}Task", {"version": version})
    _information(_below(root, "RegistrationInfo"), values, found)
    if not _taken(root, "Triggers", found, same=known.get("triggers") == values["triggers"]):
        triggers = _below(root, "Triggers")
        for one in values["triggers"]:
            _trigger(triggers, one)
    _principal(_below(_below(root, "Principals"), "Principal", {"id": "Author"}), values)
    _settings(_below(root, "Settings"), values, found)
    if not _taken(root, "Actions", found, same=known.get("actions") == values["actions"]):
        actions = _below(root, "Actions", {"Context": "Author"})
        for one in values["actions"]:
            program = _below(actions, "Exec")
            for name, tag in (
                ("path", "Command"),
                ("arguments", "Arguments"),
                ("working_directory", "WorkingDirectory"),
            ):
                _put(program, tag, one[name])
    ET.register_namespace("", definition.SPACE)
    return ET.tostring(root, encoding="unicode")


def _part(found: ET.Element | None, tag: str) -> ET.Element | None:
    return None if found is None else found.find(f"{{{definition.SPACE}}}{tag}")


def _taken(root: ET.Element, tag: str, found: ET.Element | None, *, same: bool) -> bool:
    """Take an element over from the present definition when nothing in it shall change."""
    part = _part(found, tag)
    if part is None or not same:
        return False
    part.tail = None
    root.append(part)
    return True


def _others(found: ET.Element | None, tag: str, ours: frozenset[str]) -> list[ET.Element]:
    part = _part(found, tag)
    return [] if part is None else [one for one in part if one.tag.rpartition("}")[2] not in ours]


def _information(element: ET.Element, values: dict[str, Any], found: ET.Element | None) -> None:
    for name, tag in definition.INFORMATION.items():
        _put(element, tag, values[name])
    element.extend(_others(found, "RegistrationInfo", frozenset(definition.INFORMATION.values())))


def _principal(element: ET.Element, values: dict[str, Any]) -> None:
    _put(element, "DisplayName", values["display_name"])
    _put(element, "UserId", values["user_id"])
    _put(element, "GroupId", values["group_id"])
    if values["group_id"] is None:
        _put(element, "LogonType", definition.LOGONS.get(values["logon_type"] or ""))
    _put(element, "RunLevel", "HighestAvailable" if values["run_level"] == "highest" else "LeastPrivilege")


def _settings(element: ET.Element, values: dict[str, Any], found: ET.Element | None) -> None:
    for name, (tag, _usual) in definition.SETTINGS.items():
        _put(element, tag, values[name])
    _put(element, "MultipleInstancesPolicy", definition.INSTANCES[values["multiple_instances"]])
    if values["restart_count"]:
        restart = _below(element, "RestartOnFailure")
        _put(restart, "Interval", values["restart_interval"] or "PT1M")
        _put(restart, "Count", values["restart_count"])
    element.extend(_others(found, "Settings", _OURS))


def _trigger(parent: ET.Element, one: dict[str, Any]) -> None:
    kind = one["type"]
    element = _below(parent, definition.KINDS.get(kind, "CalendarTrigger"))
    for name, tag in (
        ("enabled", "Enabled"),
        ("start_boundary", "StartBoundary"),
        ("end_boundary", "EndBoundary"),
    ):
        _put(element, tag, one[name])
    repeat = one["repetition"]
    if repeat is not None:
        repetition = _below(element, "Repetition")
        _put(repetition, "Interval", repeat["interval"])
        _put(repetition, "Duration", repeat["duration"])
        _put(repetition, "StopAtDurationEnd", repeat["stop_at_duration_end"])
    _put(element, "ExecutionTimeLimit", one["execution_time_limit"])
    for name, tag in (("subscription", "Subscription"), ("user_id", "UserId"), ("delay", "Delay"),
                      ("random_delay", "RandomDelay")):  # fmt: skip
        _put(element, tag, one[name])
    _put(element, "StateChange", definition.CHANGES.get(one["state_change"] or ""))
    if kind in definition.SCHEDULES:
        _schedule(_below(element, definition.SCHEDULES[kind]), one)


def _schedule(element: ET.Element, one: dict[str, Any]) -> None:
    kind = one["type"]
    if kind == "daily":
        _put(element, "DaysInterval", one["days_interval"])
        return
    if kind == "weekly":
        _put(element, "WeeksInterval", one["weeks_interval"])
    if kind == "monthly":
        days = [*(one["days_of_month"] or ()), *(["Last"] if one["run_on_last_day_of_month"] else ())]
        _list(element, "DaysOfMonth", "Day", days)
    if kind == "monthlydow":
        weeks = [*(one["weeks_of_month"] or ()), *(["Last"] if one["run_on_last_week_of_month"] else ())]
        _list(element, "Weeks", "Week", weeks or ["1", "2", "3", "4"])
    if kind in ("weekly", "monthlydow"):
        _named(element, "DaysOfWeek", one["days_of_week"] or definition.DAYS)
    if kind in ("monthly", "monthlydow"):
        _named(element, "Months", one["months_of_year"] or definition.MONTHS)


def _list(element: ET.Element, tag: str, each: str, values: list[str]) -> None:
    parent = _below(element, tag)
    for one in values:
        _put(parent, each, one)


def _named(element: ET.Element, tag: str, names: Any) -> None:
    parent = _below(element, tag)
    order = (*definition.DAYS, *definition.MONTHS)
    for one in sorted(names, key=order.index):
        _below(parent, one.capitalize())
