"""Answer, which proves that the host can be reached and runs PowerShell."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinPingArgs(Args):
    """Arguments of win_ping; the data "crash" makes it fail."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}, {"data": "crash"}]}}

    data: Text = "pong"


SPEC = Spec(kind=Kind.EXECUTE, args=WinPingArgs, namespaces=BOTH)
