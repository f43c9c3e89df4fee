"""Manage a unit of systemd: started or stopped, enabled at boot, masked; or have systemd read its files again."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class SystemdArgs(Args):
    """Arguments of systemd."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "cups", "state": "started", "enabled": True},
                {"name": "pcscd.socket", "state": "restarted", "daemon_reload": True},
                {"daemon_reload": True},
            ]
        }
    }

    name: Text | None = Field(default=None, validation_alias=AliasChoices("name", "service", "unit"))
    state: Literal["started", "stopped", "restarted", "reloaded"] | None = None
    enabled: Bool | None = None
    force: Bool | None = None
    masked: Bool | None = None
    daemon_reload: Bool = Field(
        default=False, validation_alias=AliasChoices("daemon_reload", "daemon-reload")
    )
    daemon_reexec: Bool = Field(
        default=False, validation_alias=AliasChoices("daemon_reexec", "daemon-reexec")
    )
    scope: Literal["system", "user", "global"] = "system"
    no_block: Bool = False

    @field_validator("name")
    @classmethod
    def _one_unit(cls, name: str | None) -> str | None:
        if name is not None and any(letter in name for letter in "*?["):
            raise ValueError("the name must be of one unit, without wildcards")
        if name is not None and name.startswith("-"):
            raise ValueError("the name must not begin with a hyphen")
        return name

    @model_validator(mode="after")
    def _something(self) -> SystemdArgs:
        wishes = (self.state, self.enabled, self.masked)
        if self.name is None and any(wish is not None for wish in wishes):
            raise ValueError("name is needed for state, enabled and masked")
        if all(wish is None for wish in wishes) and not (self.daemon_reload or self.daemon_reexec):
            raise ValueError("give one of state, enabled, masked, daemon_reload, daemon_reexec")
        return self


SPEC = Spec(kind=Kind.STATE, args=SystemdArgs)
