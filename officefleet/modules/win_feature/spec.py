"""Install or remove roles and features of Windows Server. On a workstation: win_optional_feature."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinFeatureArgs(Args):
    """Arguments of win_feature."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"name": "Telnet-Client"}, {"name": ["FS-SMB1"], "state": "absent"}]
        }
    }

    name: TextList
    state: Literal["absent", "present"] = "present"
    include_sub_features: Bool = False
    include_management_tools: Bool = False
    source: Text | None = None


SPEC = Spec(kind=Kind.STATE, args=WinFeatureArgs, namespaces=BOTH)
