r"""Manage one line of a text file of a Windows host.

Regular expressions are read as .NET has them in its common part with Python's; the file keeps its encoding, and its lines
end with \r\n afterwards unless `newline` says unix.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class WinLineinfileArgs(Args):
    """Arguments of win_lineinfile."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "C:\\LGO\\lgo.ini", "regex": "^Poste=", "line": "Poste=3"},
                {"path": "C:\\LGO\\lgo.ini", "regex": "^Debug=", "state": "absent"},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "destfile", "name"))
    backup: Bool = False
    backrefs: Bool = False
    create: Bool = False
    encoding: Text = "auto"
    insertafter: Text | None = None
    insertbefore: Text | None = None
    line: Text | None = None
    newline: Literal["unix", "windows"] = "windows"
    regex: Text | None = Field(default=None, validation_alias=AliasChoices("regex", "regexp"))
    state: Literal["absent", "present"] = "present"
    validate_command: Text | None = Field(default=None, validation_alias="validate")

    @model_validator(mode="after")
    def _enough(self) -> WinLineinfileArgs:
        if self.state == "present" and self.line is None:
            raise ValueError("state present needs a line")
        if self.state == "absent" and self.line is None and self.regex is None:
            raise ValueError("state absent needs a line or a regex")
        if self.backrefs and self.regex is None:
            raise ValueError("backrefs needs a regex")
        if self.insertafter is not None and self.insertbefore is not None:
            raise ValueError("give either insertafter or insertbefore")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinLineinfileArgs, namespaces=("community.windows", "ansible.windows"))
