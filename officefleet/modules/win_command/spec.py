"""Run a program of a Windows host with its arguments, without a shell.

`argv` gives the words one by one; `cmd` is the command line as the program gets it.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinCommandArgs(Args):
    """Arguments of win_command."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"cmd": "whoami.exe /all"},
                {
                    "argv": ["C:\\LGO\\outil.exe", "--base", "C:\\Mes bases"],
                    "creates": "C:\\Mes bases\\index",
                },
            ]
        }
    }

    cmd: Text | None = Field(default=None, validation_alias=AliasChoices("cmd", "_raw_params", "free_form"))
    argv: list[Text] | None = None
    chdir: Text | None = None
    creates: Text | None = None
    output_encoding_override: Text | None = None
    removes: Text | None = None
    stdin: Text | None = None

    @model_validator(mode="after")
    def _one_command(self) -> WinCommandArgs:
        if self.cmd is not None and self.argv is not None:
            raise ValueError("only command or argv can be given, not both")
        if not (self.cmd or "").strip() and not self.argv:
            raise ValueError("no command given")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=WinCommandArgs, namespaces=BOTH, free_form="cmd")
