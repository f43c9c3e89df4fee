"""Manage a Windows service: that it is there, how it starts, as whom it runs, and whether it runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class FailureAction(Args):
    """What the service manager does on one failure; the delay is in milliseconds."""

    type: Literal["none", "reboot", "restart", "run_command"]
    delay_ms: int = Field(default=0, validation_alias=AliasChoices("delay_ms", "delay"))


class WinServiceArgs(Args):
    """Arguments of win_service; with `name` alone it only tells about the service."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "SCardSvr", "start_mode": "auto", "state": "started"},
                {"name": "RemoteRegistry", "start_mode": "disabled", "state": "stopped"},
                {
                    "name": "galss",
                    "failure_actions": [{"type": "restart", "delay_ms": 5000}],
                    "failure_reset_period_sec": 86400,
                },
            ]
        }
    }

    name: Text
    dependencies: TextList | None = None
    dependency_action: Literal["add", "remove", "set"] = "set"
    desktop_interact: Bool = False
    description: Text | None = None
    display_name: Text | None = None
    error_control: Literal["critical", "ignore", "normal", "severe"] | None = None
    failure_actions: list[FailureAction] | None = None
    failure_actions_on_non_crash_failure: Bool | None = None
    failure_command: Text | None = None
    failure_reboot_msg: Text | None = None
    failure_reset_period_sec: int | None = Field(
        default=None, validation_alias=AliasChoices("failure_reset_period_sec", "failure_reset_period")
    )
    force_dependent_services: Bool = False
    load_order_group: Text | None = None
    path: Text | None = None
    password: Text | None = None
    pre_shutdown_timeout_ms: int | None = Field(
        default=None, validation_alias=AliasChoices("pre_shutdown_timeout_ms", "pre_shutdown_timeout")
    )
    required_privileges: TextList | None = None
    service_type: (
        Literal["user_own_process", "user_share_process", "win32_own_process", "win32_share_process"] | None
    ) = None
    sid_info: Literal["none", "restricted", "unrestricted"] | None = None
    start_mode: Literal["auto", "delayed", "disabled", "manual"] | None = None
    state: Literal["absent", "paused", "started", "stopped", "restarted"] | None = None
    update_password: Literal["always", "on_create"] = "on_create"  # noqa: S105  a mode, no password
    username: Text | None = None

    @field_validator("failure_reset_period_sec", "pre_shutdown_timeout_ms", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value, 0) if isinstance(value, str) else value


SPEC = Spec(kind=Kind.STATE, args=WinServiceArgs, namespaces=BOTH, secret=("password",))
