"""Start, stop and enable services by their scripts in ``/etc/init.d``, without systemd."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList


class SysvinitArgs(Args):
    """Arguments of sysvinit; `sleep` in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "cron", "state": "started", "enabled": True},
                {"name": "lgo", "enabled": True, "runlevels": ["3", "5"]},
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "service"))
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
    enabled: Bool | None = None
    arguments: Text = Field(default="", validation_alias=AliasChoices("arguments", "args"))
    daemonize: Bool = False
    pattern: Text | None = None
    runlevels: TextList | None = None
    sleep: int = 1

    @model_validator(mode="after")
    def _fits(self) -> SysvinitArgs:
        if self.state is None and self.enabled is None:
            raise ValueError("one of the following is required: state, enabled")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=SysvinitArgs)
