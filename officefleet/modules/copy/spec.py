"""Copy a file, a folder or given text to a host."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Mode, Spec, Text


class CopyArgs(FileArgs):
    """Arguments of copy."""

    dest: Text
    src: Text | None = None
    content: Any = None
    backup: Bool = False
    force: Bool = True
    remote_src: Bool = False
    follow: Bool = False
    local_follow: Bool = True
    directory_mode: Mode | None = None
    checksum: Text | None = None
    validate_command: Text | None = Field(default=None, validation_alias="validate")
    decrypt: Bool = True


SPEC = Spec(kind=Kind.STATE, args=CopyArgs)
