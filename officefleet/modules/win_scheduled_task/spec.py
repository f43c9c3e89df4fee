"""Manage a scheduled task of a Windows host.

What a task does not name stays as it is; triggers and actions that are named replace those that are there. Accounts may be
named by SID, by the English name of a built-in one, or as the host calls them. Times look like 2026-01-05T03:00:00,
durations like PT30M.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH

_DURATION = re.compile(r"^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip


def _duration(value: object) -> object:
    if value is not None and not _DURATION.match(str(value)):
        raise ValueError("a duration looks like PT30M or P3D")
    return value


def _words(value: object) -> object:
    if isinstance(value, str):
        return [part.strip().lower() for part in value.split(",") if part.strip()]
    return [str(one).lower() for one in value] if isinstance(value, list) else [str(value)]


Duration = Annotated[str, BeforeValidator(_duration)]
Words = Annotated[list[str], BeforeValidator(_words)]


class TaskAction(Args):
    """A program to run."""

    path: Text
    arguments: Text | None = None
    working_directory: Text | None = None


class Repetition(Args):
    """How often a trigger fires again."""

    interval: Duration
    duration: Duration | None = None
    stop_at_duration_end: Bool | None = None


class Trigger(Args):
    """When a task runs; which arguments a type needs is checked."""

    type: Literal["boot", "daily", "event", "idle", "logon", "monthlydow", "monthly", "registration", "time",
                  "weekly", "session_state_change"]  # fmt: skip
    enabled: Bool = True
    start_boundary: Text | None = None
    end_boundary: Text | None = None
    execution_time_limit: Duration | None = None
    delay: Duration | None = None
    random_delay: Duration | None = None
    subscription: Text | None = None
    user_id: Text | None = None
    days_of_week: Words | None = None
    days_of_month: Words | None = None
    weeks_of_month: Words | None = None
    months_of_year: Words | None = None
    run_on_last_week_of_month: Bool = False
    run_on_last_day_of_month: Bool = False
    weeks_interval: int = 1
    days_interval: int = 1
    repetition: Repetition | None = None
    state_change: Literal["console_connect", "console_disconnect", "remote_connect", "remote_disconnect",
                          "session_lock", "session_unlock"] | None = None  # fmt: skip

    @field_validator("repetition", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    @model_validator(mode="after")
    def _complete(self) -> Trigger:
        if self.type in ("daily", "monthlydow", "monthly", "time", "weekly") and self.start_boundary is None:
            raise ValueError(f"a trigger of the type {self.type} needs start_boundary")
        needed = {"event": "subscription", "weekly": "days_of_week", "session_state_change": "state_change"}
        name = needed.get(self.type)
        if name is not None and getattr(self, name) is None:
            raise ValueError(f"a trigger of the type {self.type} needs {name}")
        if self.type == "monthly" and not (self.days_of_month or self.run_on_last_day_of_month):
            raise ValueError("a trigger of the type monthly needs days_of_month")
        for one, known in ((self.days_of_week, _DAYS), (self.months_of_year, _MONTHS)):
            if one is not None and not set(one) <= set(known):
                raise ValueError("days and months are written in full and in English")
        return self


class WinScheduledTaskArgs(Args):
    """Arguments of win_scheduled_task."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "name": "Sauvegarde",
                    "path": "\\Officine",
                    "username": "S-1-5-18",
                    "actions": [{"path": "C:\\officine\\sauvegarde.exe", "arguments": "/nuit"}],
                    "triggers": [{"type": "daily", "start_boundary": "2026-01-05T21:00:00"}],
                },
                {"name": "Ancienne", "state": "absent"},
            ]
        }
    }

    name: Text
    path: Text = "\\"
    state: Literal["absent", "present"] = "present"
    actions: list[TaskAction] | None = None
    triggers: list[Trigger] | None = None
    display_name: Text | None = None
    group: Text | None = None
    logon_type: (
        Literal[
            "none", "password", "s4u", "interactive_token", "group", "service_account", "token_or_password"
        ]
        | None
    ) = None
    run_level: Literal["limited", "highest"] | None = Field(
        default=None, validation_alias=AliasChoices("run_level", "runlevel")
    )
    username: Text | None = Field(default=None, validation_alias=AliasChoices("username", "user"))
    password: Text | None = None
    update_password: Bool = True
    author: Text | None = None
    date: Text | None = None
    description: Text | None = None
    source: Text | None = None
    version: Text | None = None
    allow_demand_start: Bool | None = None
    allow_hard_terminate: Bool | None = None
    compatibility: Literal[0, 1, 2] | None = None
    delete_expired_task_after: Duration | None = None
    disallow_start_if_on_batteries: Bool | None = None
    enabled: Bool | None = None
    execution_time_limit: Duration | None = None
    hidden: Bool | None = None
    multiple_instances: Literal[0, 1, 2, 3] | None = None
    priority: int | None = Field(default=None, ge=0, le=10)
    restart_count: int | None = None
    restart_interval: Duration | None = None
    run_only_if_idle: Bool | None = None
    run_only_if_network_available: Bool | None = None
    start_when_available: Bool | None = None
    stop_if_going_on_batteries: Bool | None = None
    wake_to_run: Bool | None = None

    @model_validator(mode="after")
    def _fits(self) -> WinScheduledTaskArgs:
        if self.group is not None and self.username is not None:
            raise ValueError("give either group or username")
        if self.restart_interval is not None and self.restart_count is None:
            raise ValueError("restart_interval needs restart_count")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinScheduledTaskArgs, namespaces=BOTH, secret=("password",))
