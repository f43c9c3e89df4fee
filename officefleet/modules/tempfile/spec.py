"""Make a temporary file or folder that only its owner can read; the result's `path` tells its name.

Each run makes a new one. Remove it with file when it is no longer needed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Args, Kind, Spec, Text


class TempFileArgs(Args):
    """Arguments of tempfile."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"suffix": ".zip"}, {"state": "directory", "prefix": "lgo."}]}
    )

    state: Literal["directory", "file"] = "file"
    path: Text | None = Field(default=None, description="folder to make it in; the system's folder otherwise")
    prefix: Text = Field(default="ansible.", description="start of the name")
    suffix: Text = Field(default="", description="end of the name")


SPEC = Spec(kind=Kind.EXECUTE, args=TempFileArgs, check="none")
