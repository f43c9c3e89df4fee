r"""Manage a file or folder of a Windows host: that it is there, that it is not, or its time.

Without `state` what is there keeps its kind; nothing is made. Paths take either slash and %VARIABLES%.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinFileArgs(Args):
    """Arguments of win_file."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "C:\\ProgramData\\officine", "state": "directory"},
                {"path": "C:\\LGO\\old", "state": "absent"},
                {"path": "C:\\LGO\\stamp", "state": "touch"},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"))
    state: Literal["absent", "directory", "file", "touch"] | None = None


SPEC = Spec(kind=Kind.STATE, args=WinFileArgs, namespaces=BOTH)
