"""Set figures that the run's report shows, for each host or for the run."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec


class SetStatsArgs(Args):
    """Arguments of set_stats; `aggregate` adds to a value that is there, else the new one replaces it."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"data": {"printers_fixed": 1}, "per_host": True}]}
    }

    data: dict[str, Any]
    per_host: Bool = False
    aggregate: Bool = True

    @field_validator("data")
    @classmethod
    def _names(cls, data: dict[str, Any]) -> dict[str, Any]:
        for name in data:
            if not name.isidentifier():
                raise ValueError(f"{name!r} is not a valid variable name")
        return data


SPEC = Spec(kind=Kind.ACTION, args=SetStatsArgs, pure=True)
