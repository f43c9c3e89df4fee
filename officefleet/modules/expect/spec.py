"""Run a program that asks questions, and answer them.

The program gets a terminal of its own. `responses` are tried in their order against what it has printed since the last
answer; an answer that is a list is used up item by item. Nothing is run in check mode.
"""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class ExpectArgs(Args):
    """Arguments of expect; `timeout` in seconds, null waits for ever."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"command": "passwd titulaire", "responses": {"(?i)password:": "chut"}},
                {"command": "/usr/bin/lgo-setup", "responses": {"Officine": ["0421", "oui"]}, "timeout": 60},
            ]
        }
    }

    command: Text = Field(validation_alias=AliasChoices("command", "_raw_params"))
    responses: dict[str, Any]
    timeout: float | None = 30
    chdir: Text | None = None
    creates: Text | None = None
    removes: Text | None = None
    echo: Bool = False

    @field_validator("command")
    @classmethod
    def _something(cls, command: str) -> str:
        if not command.strip():
            raise ValueError("no command given")
        return command


SPEC = Spec(kind=Kind.EXECUTE, args=ExpectArgs, check="none", secret=("responses",))
