"""Manage one job, or one variable, of a user's crontab or of a file in ``/etc/cron.d``.

The job is found again by a comment line with its name, which is the same as Ansible's.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

Special = Literal["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"]


class CronArgs(Args):
    """Arguments of cron."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "sauvegarde", "minute": "30", "hour": "20", "job": "/usr/local/bin/sauvegarde"},
                {
                    "name": "nettoyage",
                    "special_time": "weekly",
                    "job": "rm -rf /srv/scan/*",
                    "cron_file": "scan",
                },
                {"name": "MAILTO", "env": True, "job": "titulaire@example.org"},
            ]
        }
    }

    name: Text
    state: Literal["present", "absent"] = "present"
    job: Text | None = Field(default=None, validation_alias=AliasChoices("job", "value"))
    user: Text | None = None
    cron_file: Text | None = None
    minute: Text = "*"
    hour: Text = "*"
    day: Text = Field(default="*", validation_alias=AliasChoices("day", "dom"))
    month: Text = "*"
    weekday: Text = Field(default="*", validation_alias=AliasChoices("weekday", "dow"))
    special_time: Special | None = None
    disabled: Bool = False
    env: Bool = False
    insertafter: Text | None = None
    insertbefore: Text | None = None
    backup: Bool = False

    @model_validator(mode="after")
    def _fits(self) -> CronArgs:
        times = (self.minute, self.hour, self.day, self.month, self.weekday)
        if self.special_time and any(time != "*" for time in times):
            raise ValueError("special_time and minute, hour, day, month, weekday exclude each other")
        if self.state == "present" and self.job is None:
            raise ValueError("job is needed")
        texts = (self.name, self.job or "", self.user or "", *times)
        if any("\n" in text or "\r" in text for text in texts):
            raise ValueError("a line break would begin another line of the crontab")
        if (self.insertafter or self.insertbefore) and not self.env:
            raise ValueError("insertafter and insertbefore are for env alone")
        if self.insertafter and self.insertbefore:
            raise ValueError("give either insertafter or insertbefore")
        if self.env and not self.name.isidentifier():
            raise ValueError("the name of a variable holds letters, digits and underscores")
        return self


SPEC = Spec(kind=Kind.STATE, args=CronArgs)
