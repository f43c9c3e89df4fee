"""List the host's services: ``services`` maps each name to its name, state, status and source.

Where systemd runs, init scripts are listed as the units that systemd makes of them.
"""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec


class ServiceFactsArgs(Args):
    """service_facts takes no arguments."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}]}}


SPEC = Spec(kind=Kind.EXECUTE, args=ServiceFactsArgs, facts="facts")
