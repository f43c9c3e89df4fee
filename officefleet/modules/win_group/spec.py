"""Manage a local group of a Windows host."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinGroupArgs(Args):
    """Arguments of win_group."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "Preparateurs", "description": "Utilisent le LGO"},
                {"name": "Ancien", "state": "absent"},
            ]
        }
    }

    name: Text
    description: Text | None = None
    state: Literal["absent", "present"] = "present"


SPEC = Spec(kind=Kind.STATE, args=WinGroupArgs, namespaces=BOTH)
