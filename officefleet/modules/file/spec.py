"""Manage a file, folder or link: that it is there or not, its kind, mode and owner."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class FileModuleArgs(FileArgs):
    """Arguments of file."""

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"))
    state: Literal["absent", "directory", "file", "hard", "link", "touch"] | None = None
    src: Text | None = None
    recurse: Bool = False
    force: Bool = False
    follow: Bool = True
    access_time: Text | None = None
    modification_time: Text | None = None
    access_time_format: Text = "%Y%m%d%H%M.%S"
    modification_time_format: Text = "%Y%m%d%H%M.%S"


SPEC = Spec(kind=Kind.STATE, args=FileModuleArgs)
