"""Manage who is in a local group of a Windows host.

The group and its members may be named by SID: the built-in ones' names are translated (S-1-5-32-544 is Administrateurs on
a French host). English names of built-in groups are understood too.
"""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinGroupMembershipArgs(Args):
    """Arguments of win_group_membership; with the state `pure` nobody else stays in the group."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "S-1-5-32-544", "members": ["comptoir"], "state": "absent"},
                {"name": "Remote Desktop Users", "members": [], "state": "pure"},
            ]
        }
    }

    name: Text
    members: TextList
    state: Literal["absent", "present", "pure"] = "present"


SPEC = Spec(kind=Kind.STATE, args=WinGroupMembershipArgs, namespaces=BOTH)
