"""Put a file together from the fragments in a folder, in the order of their names.

The folder is on the host, or on the controller with `remote_src: no`. Folders inside it are left out.
"""

from __future__ import annotations

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class AssembleArgs(FileArgs):
    """Arguments of assemble."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"src": "/etc/galss.d", "dest": "/etc/galss.ini", "regexp": "\\.ini$"},
                {
                    "src": "sshd.d",
                    "dest": "/etc/ssh/sshd_config",
                    "remote_src": False,
                    "validate": "sshd -t -f %s",
                },
            ]
        }
    )

    src: Text = Field(description="folder of the fragments")
    dest: Text = Field(description="the file that is made")
    remote_src: Bool = Field(default=True, description="src is on the host; no: on the controller")
    delimiter: Text | None = Field(default=None, description="what goes between two fragments")
    regexp: Text | None = Field(default=None, description="only fragments whose name matches")
    ignore_hidden: Bool = Field(default=False, description="leave out names that start with a dot")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    decrypt: Bool = Field(default=True, description="decrypt fragments of the controller that are encrypted")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )


SPEC = Spec(kind=Kind.STATE, args=AssembleArgs)
