"""Manage environment variables of a Windows host: of the machine, of the user, or of this task's process alone."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinEnvironmentArgs(Args):
    """Arguments of win_environment; `variables` sets several, an empty value removes one."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "GALSS_HOME", "value": "C:\\galss", "level": "machine"},
                {"variables": {"A": "1", "B": ""}, "level": "user"},
                {"name": "OLD", "state": "absent", "level": "machine"},
            ]
        }
    }

    level: Literal["machine", "process", "user"]
    name: Text | None = None
    state: Literal["absent", "present"] = "present"
    value: Text | None = None
    variables: dict[str, Text] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> WinEnvironmentArgs:
        if (self.name is None) == (self.variables is None):
            raise ValueError("give either name or variables")
        if self.name is not None and self.state == "present" and self.value is None:
            raise ValueError("state present needs a value")
        if self.variables is not None and (self.state == "absent" or self.value is not None):
            raise ValueError("variables goes without value and state absent; an empty value removes")
        return self

    @property
    def wanted(self) -> dict[str, str]:
        """What each variable shall be; empty: it shall not be there."""
        if self.variables is not None:
            return dict(self.variables)
        return {self.name or "": "" if self.state == "absent" else self.value or ""}


SPEC = Spec(kind=Kind.STATE, args=WinEnvironmentArgs, namespaces=BOTH)
