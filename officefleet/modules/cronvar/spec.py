"""Set a variable of a user's crontab or of a file in ``/etc/cron.d``."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class CronvarArgs(Args):
    """Arguments of cronvar."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "MAILTO", "value": "it@groupement.example", "user": "root"},
                {"name": "LGO_HOME", "value": "/opt/lgo", "cron_file": "lgo", "insertafter": "MAILTO"},
            ]
        }
    }

    name: Text
    value: Text | None = None
    state: Literal["present", "absent"] = "present"
    user: Text | None = None
    cron_file: Text | None = None
    insertafter: Text | None = None
    insertbefore: Text | None = None
    backup: Bool = False

    @model_validator(mode="after")
    def _fits(self) -> CronvarArgs:
        if self.state == "present" and self.value is None:
            raise ValueError("You must specify 'value' to insert a new cron variable")
        return self


SPEC = Spec(kind=Kind.STATE, args=CronvarArgs, namespaces=("community.general",))
