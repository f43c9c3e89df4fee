"""Set the host's time zone, and whether its hardware clock runs in UTC or in local time."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator, model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text

_NAME = re.compile(r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")


class TimezoneArgs(Args):
    """Arguments of timezone."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"name": "Europe/Paris"}, {"name": "Indian/Reunion", "hwclock": "UTC"}]
        }
    }

    name: Text | None = None
    hwclock: Literal["UTC", "local"] | None = None

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        if name is not None and not _NAME.match(name):
            raise ValueError("not the name of a time zone, such as Europe/Paris")
        return name

    @model_validator(mode="after")
    def _something(self) -> TimezoneArgs:
        if self.name is None and self.hwclock is None:
            raise ValueError("give name or hwclock")
        return self


SPEC = Spec(kind=Kind.STATE, args=TimezoneArgs, namespaces=("community.general",))
