"""Choose which program a generic name such as ``editor`` stands for (update-alternatives)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Kind, Spec, Text


class AlternativesArgs(Args):
    """Arguments of alternatives; `family` exists on other systems than Debian and is refused."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "editor", "path": "/usr/bin/vim.basic"},
                {"name": "lgo", "link": "/usr/bin/lgo", "path": "/opt/lgo/bin/lgo", "priority": 60},
                {"name": "editor", "path": "/usr/bin/vim.basic", "state": "auto"},
            ]
        }
    }

    name: Text
    path: Text
    link: Text | None = None
    priority: int | None = None
    state: Literal["present", "selected", "auto", "absent"] = "selected"
    subcommands: list[dict[str, Any]] | None = Field(
        default=None, validation_alias=AliasChoices("subcommands", "slaves")
    )


SPEC = Spec(kind=Kind.STATE, args=AlternativesArgs, namespaces=("community.general",))
