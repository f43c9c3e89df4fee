"""Tell whether a key or a value of the registry exists, and what it holds."""

from __future__ import annotations

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.win_regedit.spec import registry_path
from officefleet.modules.windows import BOTH


class WinRegStatArgs(Args):
    """Arguments of win_reg_stat; an empty `name` is the key's default value, without one the whole key is told."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "HKLM:\\SOFTWARE\\Officine"},
                {"path": "HKLM:\\SOFTWARE\\Officine", "name": "Poste"},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "key"))
    name: Text | None = Field(
        default=None, validation_alias=AliasChoices("name", "entry", "value", "property")
    )

    @field_validator("path")
    @classmethod
    def _path(cls, path: str) -> str:
        return registry_path(path)


SPEC = Spec(kind=Kind.STATE, args=WinRegStatArgs, namespaces=BOTH)
