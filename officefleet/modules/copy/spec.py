"""Copy a file, a folder or given text to a host.

With `src` the file is looked up in the role's and the playbook's ``files`` folder; it goes to the host only
when the host does not have the same content. A folder is copied with all it holds; with a slash at its end,
only what it holds. With `remote_src` the source is on the host itself. The new content takes the old one's
place at once, after `validate`, if given, has accepted it.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Mode, Spec, Text


class CopyArgs(FileArgs):
    """Arguments of copy."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"src": "galss.ini", "dest": "/etc/galss.ini", "owner": "root", "mode": "0644"},
                {"content": "Poste 3\n", "dest": "/etc/motd"},
                {"src": "sudoers.d/", "dest": "/etc/sudoers.d", "mode": "0440"},
                {
                    "src": "sudoers",
                    "dest": "/etc/sudoers",
                    "validate": "/usr/sbin/visudo -cf %s",
                    "backup": True,
                },
            ]
        }
    )

    dest: Text = Field(
        description="where on the host; with a slash at its end, the folder to put the source in"
    )
    src: Text | None = Field(
        default=None, description="file or folder on the controller, or on the host with remote_src"
    )
    content: Any = Field(default=None, description="the text itself; anything but text is written as JSON")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    force: Bool = Field(
        default=True, description="replace content that differs; no leaves an existing file alone"
    )
    remote_src: Bool = Field(default=False, description="src is on the host")
    follow: Bool = Field(default=False, description="write through a link at dest instead of replacing it")
    local_follow: Bool = Field(
        default=True, description="copy what links in the source lead to, not the links"
    )
    directory_mode: Mode | None = Field(default=None, description="mode of folders that are created")
    checksum: Text | None = Field(default=None, description="sha1 that the source must have")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )
    decrypt: Bool = Field(default=True, description="decrypt a source that is encrypted with a vault")


SPEC = Spec(kind=Kind.STATE, args=CopyArgs)
