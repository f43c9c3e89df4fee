"""Fail with a message."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec, Text


class FailArgs(Args):
    """Arguments of fail."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{"msg": "no card reader found"}]}}

    msg: Text = "Failed as requested from task"


SPEC = Spec(kind=Kind.ACTION, args=FailArgs, pure=True)
