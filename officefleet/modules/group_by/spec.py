"""Put the host into a group whose name is made of its facts."""

from __future__ import annotations

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList


class GroupByArgs(Args):
    """Arguments of group_by."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"key": "os_Debian_12", "parents": ["linux"]}]}
    }

    key: Text
    parents: TextList = Field(default=["all"])


SPEC = Spec(kind=Kind.ACTION, args=GroupByArgs)
