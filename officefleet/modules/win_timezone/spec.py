"""Set the time zone of a Windows host, by Windows' own name for it, such as Romance Standard Time for France."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinTimezoneArgs(Args):
    """Arguments of win_timezone; with _dstoff at its end the zone goes without summer time."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"timezone": "Romance Standard Time"}, {"timezone": "UTC"}]}
    }

    timezone: Text


SPEC = Spec(kind=Kind.STATE, args=WinTimezoneArgs, namespaces=BOTH)
