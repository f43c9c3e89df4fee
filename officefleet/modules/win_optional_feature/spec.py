"""Turn optional features of Windows on or off, such as SMB1Protocol."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinOptionalFeatureArgs(Args):
    """Arguments of win_optional_feature."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "SMB1Protocol", "state": "absent"},
                {"name": ["NetFx3"], "source": "\\\\nas\\sxs", "include_parent": True},
            ]
        }
    }

    name: TextList
    state: Literal["absent", "present"] = "present"
    include_parent: Bool = False
    source: Text | None = None


SPEC = Spec(kind=Kind.STATE, args=WinOptionalFeatureArgs, namespaces=BOTH)
