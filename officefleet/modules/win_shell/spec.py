"""Run a command line through PowerShell, or through the shell that `executable` names, such as cmd.

win_command is safer when no shell is needed, win_powershell returns objects instead of text.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinShellArgs(Args):
    """Arguments of win_shell; `output_encoding_override` names the encoding of what the command prints."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"cmd": "(Get-Service SCardSvr).Status.value__"},
                {"cmd": "dir C:\\LGO > liste.txt", "executable": "cmd", "chdir": "C:\\Temp"},
            ]
        }
    }

    cmd: Text = Field(validation_alias=AliasChoices("cmd", "_raw_params", "free_form"))
    chdir: Text | None = None
    creates: Text | None = None
    executable: Text | None = None
    no_profile: Bool = False
    output_encoding_override: Text | None = None
    removes: Text | None = None
    stdin: Text | None = None

    @field_validator("cmd")
    @classmethod
    def _not_empty(cls, cmd: str) -> str:
        if not cmd.strip():
            raise ValueError("no command given")
        return cmd


SPEC = Spec(kind=Kind.EXECUTE, args=WinShellArgs, namespaces=BOTH, free_form="cmd")
