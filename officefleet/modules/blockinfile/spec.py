"""Make sure that a text file holds a block of lines between two markers, or that it does not.

The markers find the block again, so each block of one file needs a `marker` of its own. An empty `block`
removes it.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class BlockInFileArgs(FileArgs):
    """Arguments of blockinfile."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/hosts", "block": "192.168.1.10 serveur-lgo\n192.168.1.11 nas\n"},
                {"path": "/etc/ssh/sshd_config", "marker": "# {mark} officine", "block": "UseDNS no"},
                {"path": "/etc/hosts", "state": "absent"},
            ]
        }
    )

    path: Text = Field(
        validation_alias=AliasChoices("path", "dest", "destfile", "name"), description="the text file"
    )
    state: Literal["absent", "present"] = "present"
    marker: Text = Field(
        default="# {mark} ANSIBLE MANAGED BLOCK", description="line around the block; {mark} is replaced"
    )
    marker_begin: Text = Field(default="BEGIN", description="what replaces {mark} before the block")
    marker_end: Text = Field(default="END", description="what replaces {mark} after the block")
    block: Text = Field(
        default="",
        validation_alias=AliasChoices("block", "content"),
        description="the lines between the markers",
    )
    insertafter: Text | None = Field(
        default=None, description="EOF, or what the text before a new block matches"
    )
    insertbefore: Text | None = Field(
        default=None, description="BOF, or what the text after a new block matches"
    )
    create: Bool = Field(default=False, description="make the file, and its folder, where it is missing")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    append_newline: Bool = Field(default=False, description="keep an empty line after the block")
    prepend_newline: Bool = Field(default=False, description="keep an empty line before the block")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.insertafter is not None and self.insertbefore is not None:
            raise ValueError("parameters are mutually exclusive: insertbefore|insertafter")
        return self


SPEC = Spec(kind=Kind.STATE, args=BlockInFileArgs)
