"""Send a command line to the host's shell as it is; the host needs no Python for it."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Kind, Spec, Text


class RawArgs(Args):
    """Arguments of raw."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"cmd": "apt-get install -y python3-minimal"}]}
    }

    cmd: Text = Field(validation_alias=AliasChoices("cmd", "_raw_params", "free_form"))
    executable: Text | None = None


SPEC = Spec(kind=Kind.EXECUTE, args=RawArgs, free_form="cmd", check="none")
