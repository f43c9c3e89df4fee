"""Make sure that a text file holds a line, or that it does not.

With `regexp` or `search_string` the last line that matches becomes `line`; without a match `line` is added, at
the end or where `insertafter` or `insertbefore` say. With `backrefs` groups of the match are put into `line` and
nothing is added without a match. Regular expressions are Python's.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class LineInFileArgs(FileArgs):
    """Arguments of lineinfile."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/galss.ini", "regexp": "^Port=", "line": "Port=COM3"},
                {"path": "/etc/hosts", "line": "192.168.1.10 serveur-lgo"},
                {"path": "/etc/fstab", "regexp": " /mnt/old ", "state": "absent"},
                {
                    "path": "/etc/default/grub",
                    "regexp": '^(GRUB_TIMEOUT=)"?\\d+"?',
                    "line": "\\g<1>3",
                    "backrefs": True,
                },
            ]
        }
    )

    path: Text = Field(
        validation_alias=AliasChoices("path", "dest", "destfile", "name"), description="the text file"
    )
    state: Literal["absent", "present"] = "present"
    line: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("line", "value"),
        description="the line that shall be there",
    )
    regexp: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("regexp", "regex"),
        description="what the line to replace matches",
    )
    search_string: Text | None = Field(default=None, description="text that the line to replace holds")
    backrefs: Bool = Field(default=False, description="put groups of the match into line; never add a line")
    insertafter: Text | None = Field(
        default=None, description="EOF, BOF, or what the line before a new line matches"
    )
    insertbefore: Text | None = Field(
        default=None, description="BOF, or what the line after a new line matches"
    )
    create: Bool = Field(default=False, description="make the file, and its folder, where it is missing")
    firstmatch: Bool = Field(default=False, description="take the first match rather than the last one")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.regexp is not None and self.search_string is not None:
            raise ValueError("parameters are mutually exclusive: regexp|search_string")
        if self.insertafter is not None and self.insertbefore is not None:
            raise ValueError("parameters are mutually exclusive: insertbefore|insertafter")
        if self.backrefs and self.search_string is not None:
            raise ValueError("parameters are mutually exclusive: backrefs|search_string")
        if self.state == "present" and self.line is None:
            raise ValueError("line is required with state=present")
        if self.state == "present" and self.backrefs and self.regexp is None:
            raise ValueError("regexp is required with backrefs=true")
        if (
            self.state == "absent"
            and self.line is None
            and self.regexp is None
            and self.search_string is None
        ):
            raise ValueError("one of line, search_string, or regexp is required with state=absent")
        return self


SPEC = Spec(kind=Kind.STATE, args=LineInFileArgs)
