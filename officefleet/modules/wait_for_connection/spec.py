"""Wait until the host can be reached and its agent answers."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec


class WaitForConnectionArgs(Args):
    """Arguments of wait_for_connection, in seconds."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}, {"delay": 5, "timeout": 120}]}}

    delay: int = 0
    timeout: int = 600
    connect_timeout: int = 5
    sleep: int = 1


SPEC = Spec(kind=Kind.ACTION, args=WaitForConnectionArgs)
