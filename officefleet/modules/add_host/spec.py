"""Add a host, and groups, to the inventory of this run; further arguments are the host's variables."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList


class AddHostArgs(Args):
    """Arguments of add_host."""

    model_config = Args.model_config | {
        "extra": "allow",
        "json_schema_extra": {
            "examples": [{"name": "poste-9", "groups": ["spares"], "ansible_host": "192.0.2.9"}]
        },
    }

    name: Text = Field(validation_alias=AliasChoices("name", "host", "hostname"))
    groups: TextList = Field(default=[], validation_alias=AliasChoices("groups", "group", "groupname"))

    @property
    def variables(self) -> dict[str, Any]:
        """The new host's variables."""
        return self.model_extra or {}


SPEC = Spec(kind=Kind.ACTION, args=AddHostArgs, accepts_any=True)
