"""Run a command line through a shell, with pipes, redirections and wildcards.

``command`` is safer when none of these is needed.
A value of unknown origin goes through the ``quote`` filter.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class ShellArgs(Args):
    """Arguments of shell."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"cmd": "lpstat -p | grep -c idle"},
                {"cmd": "set -o pipefail; dpkg -l | wc -l", "executable": "/bin/bash"},
                {"cmd": "make > build.log", "chdir": "/srv", "creates": "build.log"},
            ]
        }
    }

    cmd: Text = Field(validation_alias=AliasChoices("cmd", "_raw_params"))
    executable: Text = "/bin/sh"
    chdir: Text | None = None
    creates: Text | None = None
    removes: Text | None = None
    stdin: Text | None = None
    stdin_add_newline: Bool = True
    strip_empty_ends: Bool = True

    @field_validator("cmd")
    @classmethod
    def _not_empty(cls, cmd: str) -> str:
        if not cmd.strip():
            raise ValueError("no command given")
        return cmd


SPEC = Spec(kind=Kind.EXECUTE, args=ShellArgs, free_form="cmd")
