r"""Render a Jinja template with the host's variables and put the text on a Windows host.

Lines end with \r\n unless `newline_sequence` says otherwise; how the text gets into place is as with win_copy.
"""

from __future__ import annotations

from pydantic import Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinTemplateArgs(Args):
    """Arguments of win_template."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"src": "galss.ini.j2", "dest": "C:\\ProgramData\\officine\\galss.ini"},
                {
                    "src": "lgo.ini.j2",
                    "dest": "C:\\LGO\\lgo.ini",
                    "output_encoding": "cp1252",
                    "backup": True,
                },
            ]
        }
    }

    src: Text
    dest: Text
    backup: Bool = False
    force: Bool = True
    newline_sequence: Text = "\r\n"
    output_encoding: Text = "utf-8"
    trim_blocks: Bool = True
    lstrip_blocks: Bool = False
    block_start_string: Text = Field(default="{%")
    block_end_string: Text = Field(default="%}")
    variable_start_string: Text = Field(default="{{")
    variable_end_string: Text = Field(default="}}")
    comment_start_string: Text = Field(default="{#")
    comment_end_string: Text = Field(default="#}")


SPEC = Spec(kind=Kind.STATE, args=WinTemplateArgs, namespaces=BOTH)
