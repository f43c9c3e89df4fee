r"""Manage the folders in PATH or in another variable of that form.

Elements are compared without regard to case and to a slash at their end; %VARIABLES% stay as they are written.
"""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinPathArgs(Args):
    """Arguments of win_path; new elements come last, in the order in which they are given."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"elements": ["C:\\LGO\\bin"]},
                {"elements": ["%USERPROFILE%\\bin"], "scope": "user", "state": "absent"},
            ]
        }
    }

    elements: TextList
    name: Text = "PATH"
    scope: Literal["machine", "user"] = "machine"
    state: Literal["absent", "present"] = "present"


SPEC = Spec(kind=Kind.STATE, args=WinPathArgs, namespaces=BOTH)
