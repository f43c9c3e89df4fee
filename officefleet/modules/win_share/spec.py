"""Manage a shared folder of a Windows host, and who may use it over the network.

Accounts may be named by SID, by the English name of a built-in one, or as the host calls them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinShareArgs(Args):
    """Arguments of win_share; `list` shows folders only to those who may read them when it is no."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "scans", "path": "D:\\Scans", "change": "S-1-5-32-545", "list": False},
                {"name": "ancien", "state": "absent"},
            ]
        }
    }

    name: Text
    path: Text | None = None
    state: Literal["absent", "present"] = "present"
    description: Text = ""
    caching_mode: Literal["BranchCache", "Documents", "Manual", "None", "Programs", "Unknown"] = "Manual"
    encrypt: Bool = False
    list_all: Bool = Field(default=False, validation_alias="list")
    full: TextList = Field(default=[])
    change: TextList = Field(default=[])
    read: TextList = Field(default=[])
    deny: TextList = Field(default=[])
    rule_action: Literal["add", "set"] = "set"
    scope_name: Text | None = None

    @model_validator(mode="after")
    def _place(self) -> WinShareArgs:
        if self.state == "present" and self.path is None:
            raise ValueError("state present needs a path")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinShareArgs, namespaces=BOTH)
