"""Read a file of a host; the result's `content` is its base64.

The whole file travels and stays in memory: fetch suits large ones.
"""

from __future__ import annotations

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Args, Kind, Spec, Text


class SlurpArgs(Args):
    """Arguments of slurp."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"src": "/etc/galss.ini"}]})

    src: Text = Field(validation_alias=AliasChoices("src", "path"), description="the file on the host")


SPEC = Spec(kind=Kind.EXECUTE, args=SlurpArgs)
