"""A task's definition as the XML that Windows keeps: read into plain values, and written anew.

The schema: https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema. Its elements have no translated names.
"""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as ET  # the text is escaped on the way out and comes from Windows' own service
from typing import Any

from officefleet.agents.kit import Failed

SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_Q = f"{{{SPACE}}}"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
SETTINGS = {
    "allow_demand_start": ("AllowStartOnDemand", True),
    "allow_hard_terminate": ("AllowHardTerminate", True),
    "delete_expired_task_after": ("DeleteExpiredTaskAfter", None),
    "disallow_start_if_on_batteries": ("DisallowStartIfOnBatteries", True),
    "enabled": ("Enabled", True),
    "execution_time_limit": ("ExecutionTimeLimit", "PT72H"),
    "hidden": ("Hidden", False),
    "priority": ("Priority", 7),
    "run_only_if_idle": ("RunOnlyIfIdle", False),
    "run_only_if_network_available": ("RunOnlyIfNetworkAvailable", False),
    "start_when_available": ("StartWhenAvailable", False),
    "stop_if_going_on_batteries": ("StopIfGoingOnBatteries", True),
    "wake_to_run": ("WakeToRun", False),
}
INFORMATION = {
    "author": "Author",
    "date": "Date",
    "description": "Description",
    "source": "Source",
    "version": "Version",
}
INSTANCES = ("Parallel", "Queue", "IgnoreNew", "StopExisting")
LOGONS = {
    "password": "Password",
    "s4u": "S4U",
    "interactive_token": "InteractiveToken",
    "token_or_password": "InteractiveTokenOrPassword",
}
KINDS = {
    "boot": "BootTrigger",
    "event": "EventTrigger",
    "idle": "IdleTrigger",
    "logon": "LogonTrigger",
    "registration": "RegistrationTrigger",
    "time": "TimeTrigger",
    "session_state_change": "SessionStateChangeTrigger",
}
SCHEDULES = {
    "daily": "ScheduleByDay",
    "weekly": "ScheduleByWeek",
    "monthly": "ScheduleByMonth",
    "monthlydow": "ScheduleByMonthDayOfWeek",
}
CHANGES = {
    "console_connect": "ConsoleConnect",
    "console_disconnect": "ConsoleDisconnect",
    "remote_connect": "RemoteConnect",
    "remote_disconnect": "RemoteDisconnect",
    "session_lock": "SessionLock",
    "session_unlock": "SessionUnlock",
}


def _find(element: ET.Element | None, path: str) -> ET.Element | None:
    return None if element is None else element.find("/".join(_Q + part for part in path.split("/")))


def text(element: ET.Element | None, path: str) -> str | None:
    """Return the text of an element below, or None."""
    found = _find(element, path)
    return None if found is None else (found.text or "")


def typed(value: str | None, usual: Any) -> Any:
    """Return an element's text as `usual` is: boolean, number or text."""
    if value is None:
        return usual
    if isinstance(usual, bool):
        return value.strip().lower() in ("true", "1")
    return int(value) if isinstance(usual, int) else value


def root_of(xml: str) -> ET.Element:
    """Return a definition's root element.

    Raises:
        Failed: no XML, or one with a document type, which Windows never writes: entities could grow without end.

    """
    root = None
    if "<!" not in xml:
        with contextlib.suppress(ET.ParseError):
            root = ET.fromstring(xml)  # noqa: S314  without a document type there is nothing to expand
    if root is None:
        raise Failed("the host's definition of the task cannot be read")
    return root


def parse(xml: str) -> dict[str, Any]:
    """Return the values that win_scheduled_task's arguments speak of.

    Raises:
        Failed: the definition cannot be read.

    """
    root = root_of(xml)
    settings, principal = _find(root, "Settings"), _find(root, "Principals/Principal")
    found: dict[str, Any] = {
        name: typed(text(settings, tag), usual) for name, (tag, usual) in SETTINGS.items()
    }
    found.update({name: text(root, "RegistrationInfo/" + tag) for name, tag in INFORMATION.items()})
    policy = text(settings, "MultipleInstancesPolicy") or "IgnoreNew"
    found["multiple_instances"] = INSTANCES.index(policy) if policy in INSTANCES else 2
    found["restart_interval"] = text(settings, "RestartOnFailure/Interval")
    found["restart_count"] = typed(text(settings, "RestartOnFailure/Count"), 0)
    found["compatibility"] = {"1.0": 0, "1.1": 1}.get(root.get("version", ""), 2)
    found["display_name"] = text(principal, "DisplayName")
    found["run_level"] = "highest" if text(principal, "RunLevel") == "HighestAvailable" else "limited"
    found["user_id"], found["group_id"] = text(principal, "UserId"), text(principal, "GroupId")
    logon = text(principal, "LogonType")
    found["logon_type"] = next((name for name, word in LOGONS.items() if word == logon), None)
    actions = _find(root, "Actions")
    found["actions"] = [_action(one) for one in (actions if actions is not None else ())]
    triggers = _find(root, "Triggers")
    found["triggers"] = [trigger(one) for one in (triggers if triggers is not None else ())]
    return found


def _action(element: ET.Element) -> dict[str, Any]:
    if element.tag != _Q + "Exec":
        return {"type": element.tag.removeprefix(_Q)}
    return {
        "path": text(element, "Command"),
        "arguments": text(element, "Arguments"),
        "working_directory": text(element, "WorkingDirectory"),
    }


def _names(element: ET.Element | None, path: str) -> list[str] | None:
    found = _find(element, path)
    return None if found is None else sorted(one.tag.removeprefix(_Q).lower() for one in found)


def _texts(element: ET.Element | None, path: str) -> list[str] | None:
    found = _find(element, path)
    return None if found is None else [(one.text or "").lower() for one in found]


def trigger(element: ET.Element) -> dict[str, Any]:
    """Return one trigger as a task's arguments write it."""
    tag = element.tag.removeprefix(_Q)
    kind = next((name for name, word in KINDS.items() if word == tag), tag)
    schedule = None
    for name, word in SCHEDULES.items():
        if tag == "CalendarTrigger" and _find(element, word) is not None:
            kind, schedule = name, _find(element, word)
    repetition = None
    if _find(element, "Repetition") is not None:
        repetition = {
            "interval": text(element, "Repetition/Interval"),
            "duration": text(element, "Repetition/Duration"),
            "stop_at_duration_end": typed(text(element, "Repetition/StopAtDurationEnd"), False),
        }
    days, weeks = _texts(schedule, "DaysOfMonth"), _texts(schedule, "Weeks")
    change = text(element, "StateChange")
    return {
        "type": kind,
        "enabled": typed(text(element, "Enabled"), True),
        "start_boundary": text(element, "StartBoundary"),
        "end_boundary": text(element, "EndBoundary"),
        "execution_time_limit": text(element, "ExecutionTimeLimit"),
        "delay": text(element, "Delay"),
        "random_delay": text(element, "RandomDelay"),
        "subscription": text(element, "Subscription"),
        "user_id": text(element, "UserId"),
        "days_of_week": _names(schedule, "DaysOfWeek"),
        "days_of_month": None if days is None else [one for one in days if one != "last"],
        "weeks_of_month": None if weeks is None else [one for one in weeks if one != "last"],
        "months_of_year": _names(schedule, "Months"),
        "run_on_last_week_of_month": "last" in (weeks or ()),
        "run_on_last_day_of_month": "last" in (days or ()),
        "weeks_interval": typed(text(schedule, "WeeksInterval"), 1),
        "days_interval": typed(text(schedule, "DaysInterval"), 1),
        "repetition": repetition,
        "state_change": next((name for name, word in CHANGES.items() if word == change), None),
    }
