"""Replace every match of a regular expression in a text file.

``^`` and ``$`` match at each line, ``.`` does not match a line's end. Write the expression so that the new text
no longer matches, or each run changes the file again.
"""

from __future__ import annotations

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class ReplaceArgs(FileArgs):
    """Arguments of replace."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/hosts", "regexp": "\\bancien-serveur\\b", "replace": "serveur-lgo"},
                {"path": "/etc/apt/sources.list", "regexp": "^deb-src .*\\n", "replace": ""},
                {
                    "path": "/etc/galss.ini",
                    "after": "\\[TERMINAL1\\]",
                    "regexp": "^Port=.*$",
                    "replace": "Port=COM4",
                },
            ]
        }
    )

    path: Text = Field(
        validation_alias=AliasChoices("path", "dest", "destfile", "name"), description="the text file"
    )
    regexp: Text = Field(description="what is replaced")
    replace: Text = Field(
        default="", description="the new text; \\1 or \\g<name> stand for groups of the match"
    )
    after: Text | None = Field(default=None, description="only what follows a match of this")
    before: Text | None = Field(default=None, description="only what precedes a match of this")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    encoding: Text = Field(default="utf-8", description="encoding of the file")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )


SPEC = Spec(kind=Kind.STATE, args=ReplaceArgs)
