"""Tell all about one service, or about every service of the host."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinServiceInfoArgs(Args):
    """Arguments of win_service_info; `name` may hold wildcards, without it every service is told."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{}, {"name": "SCardSvr"}, {"name": "Win*"}]}
    }

    name: Text | None = None


SPEC = Spec(kind=Kind.STATE, args=WinServiceInfoArgs, namespaces=BOTH)
