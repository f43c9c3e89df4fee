"""Manage a file, folder or link: that it is there or not, its kind, mode, owner and times.

Without `state` what is there keeps its kind and only its attributes are set. A new folder's parents are made
with the same attributes.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text

_STAMP = "%Y%m%d%H%M.%S"


class FileModuleArgs(FileArgs):
    """Arguments of file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/srv/sauvegarde", "state": "directory", "owner": "root", "mode": "0750"},
                {"path": "/etc/galss.ini", "mode": "u=rw,go=r"},
                {"src": "/opt/lgo/current", "dest": "/opt/lgo/v2", "state": "link"},
                {"path": "/opt/lgo/v1", "state": "absent"},
            ]
        }
    )

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"), description="what is managed")
    state: Literal["absent", "directory", "file", "hard", "link", "touch"] | None = Field(
        default=None, description="what shall be there; without it: what is there, else a file"
    )
    src: Text | None = Field(default=None, description="what a link leads to")
    recurse: Bool = Field(default=False, description="set the attributes of all that the folder holds, too")
    force: Bool = Field(
        default=False, description="make a link to what does not exist, or in place of something else"
    )
    follow: Bool = Field(default=True, description="a link at path stands for what it leads to")
    access_time: Text | None = Field(
        default=None, description="preserve, now, or a time in access_time_format"
    )
    access_time_format: Text = Field(default=_STAMP, description="format of access_time, local time")
    modification_time: Text | None = Field(
        default=None, description="preserve, now, or a time in modification_time_format"
    )
    modification_time_format: Text = Field(
        default=_STAMP, description="format of modification_time, local time"
    )


SPEC = Spec(kind=Kind.STATE, args=FileModuleArgs)
