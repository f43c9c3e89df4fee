"""Answer, which proves that the host can be reached and runs Python."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec, Text


class PingArgs(Args):
    """Arguments of ping."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}, {"data": "crash"}]}}

    data: Text = "pong"


SPEC = Spec(kind=Kind.EXECUTE, args=PingArgs)
