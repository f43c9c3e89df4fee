"""Tell how a task that was started with ``async`` is getting on."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Kind, Spec, Text


class AsyncStatusArgs(Args):
    """Arguments of async_status."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"jid": "j0123456789ab.4242"}, {"jid": "j0.1", "mode": "cleanup"}]}
    }

    jid: Text
    mode: Literal["status", "cleanup"] = "status"


SPEC = Spec(kind=Kind.EXECUTE, args=AsyncStatusArgs)
