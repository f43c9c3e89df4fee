"""Render a Jinja template with the host's variables and put the text on the host.

The template is looked up in the role's and the playbook's ``templates`` folder and rendered on the
controller; what goes to the host, and how it gets into place, is as with copy.
"""

from __future__ import annotations

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text


class TemplateArgs(FileArgs):
    """Arguments of template."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"src": "galss.ini.j2", "dest": "/etc/galss.ini", "mode": "0644"},
                {
                    "src": "sudoers.j2",
                    "dest": "/etc/sudoers.d/poste",
                    "mode": "0440",
                    "validate": "visudo -cf %s",
                },
                {"src": "winpharma.ini.j2", "dest": "/srv/winpharma.ini", "newline_sequence": "\r\n"},
            ]
        }
    )

    src: Text = Field(description="template on the controller")
    dest: Text = Field(description="where on the host; a folder gets the template's name inside")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    force: Bool = Field(
        default=True, description="replace content that differs; no leaves an existing file alone"
    )
    follow: Bool = Field(default=False, description="write through a link at dest instead of replacing it")
    validate_command: Text | None = Field(
        default=None,
        validation_alias="validate",
        description="command that must accept the new file, named %s",
    )
    block_start_string: Text = Field(default="{%", description="opens a statement")
    block_end_string: Text = Field(default="%}", description="closes a statement")
    variable_start_string: Text = Field(default="{{", description="opens an expression")
    variable_end_string: Text = Field(default="}}", description="closes an expression")
    comment_start_string: Text = Field(default="{#", description="opens a comment")
    comment_end_string: Text = Field(default="#}", description="closes a comment")
    trim_blocks: Bool = Field(default=True, description="remove the line end after a statement")
    lstrip_blocks: Bool = Field(default=False, description="remove the spaces before a statement")
    newline_sequence: Text = Field(default="\n", description="what ends a line: \\n, \\r\\n or \\r")
    output_encoding: Text = Field(default="utf-8", description="encoding of the file on the host")


SPEC = Spec(kind=Kind.STATE, args=TemplateArgs)
