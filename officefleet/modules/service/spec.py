"""Manage a service with whatever runs the host's services: systemd, else init scripts."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class ServiceArgs(Args):
    """Arguments of service; `sleep` is the seconds between stop and start of an init script's restart."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "cups", "state": "started", "enabled": True},
                {"name": "ssh", "state": "restarted"},
            ]
        }
    }

    name: Text
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
    enabled: Bool | None = None
    sleep: int | None = None
    pattern: Text | None = None
    arguments: Text = Field(default="", validation_alias=AliasChoices("arguments", "args"))
    runlevel: Text = "default"
    use: Text = "auto"

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if name.startswith("-") or any(letter in name for letter in "*?[/"):
            raise ValueError("the name must be of one service, without wildcards")
        return name

    @model_validator(mode="after")
    def _something(self) -> ServiceArgs:
        if self.state is None and self.enabled is None:
            raise ValueError("give state or enabled")
        return self


SPEC = Spec(kind=Kind.STATE, args=ServiceArgs)
