"""Choose the power plan of a Windows host, by name or by GUID.

Plans' names are translated; the English names of Windows' own plans are understood on every host.
"""

from __future__ import annotations

from pydantic import model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinPowerPlanArgs(Args):
    """Arguments of win_power_plan."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"name": "high performance"}, {"guid": "381b4222-f694-41f0-9685-ff5bb260df2e"}]
        }
    }

    name: Text | None = None
    guid: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> WinPowerPlanArgs:
        if (self.name is None) == (self.guid is None):
            raise ValueError("give either name or guid")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinPowerPlanArgs, namespaces=BOTH)
