"""Manage a group of users."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class GroupArgs(Args):
    """Arguments of group; `local` looks at the host's own files alone."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "preparateurs"},
                {"name": "scan", "gid": 850, "system": True},
                {"name": "old", "state": "absent"},
            ]
        }
    }

    name: Text
    state: Literal["present", "absent"] = "present"
    gid: int | None = None
    system: Bool = False
    local: Bool = False
    non_unique: Bool = False
    force: Bool = False
    gid_min: int | None = None
    gid_max: int | None = None


SPEC = Spec(kind=Kind.STATE, args=GroupArgs)
