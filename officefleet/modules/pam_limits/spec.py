"""Manage one limit of ``/etc/security/limits.conf``."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

Item = Literal[
    "core", "data", "fsize", "memlock", "nofile", "rss", "stack", "cpu", "nproc", "as", "maxlogins",
    "maxsyslogins", "priority", "locks", "sigpending", "msgqueue", "nice", "rtprio", "chroot",
]  # fmt: skip
_WORDS = ("unlimited", "infinity", "-1")


class PamLimitsArgs(Args):
    """Arguments of pam_limits; `use_max` and `use_min` keep the larger or smaller of the old and the new value."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"domain": "@scan", "limit_type": "-", "limit_item": "memlock", "value": "unlimited"}
            ]
        }
    }

    domain: Text
    limit_type: Literal["hard", "soft", "-"]
    limit_item: Item
    value: Text
    use_max: Bool = False
    use_min: Bool = False
    dest: Text = "/etc/security/limits.conf"
    comment: Text = ""
    backup: Bool = False

    @model_validator(mode="after")
    def _fits(self) -> PamLimitsArgs:
        if self.use_max and self.use_min:
            raise ValueError("use_min and use_max exclude each other")
        if self.value not in _WORDS and not self.value.lstrip("-").isdigit() and self.limit_item != "chroot":
            raise ValueError("value must be a number, 'unlimited' or 'infinity'")
        if (
            any("\n" in text or " " in text.strip() for text in (self.domain, self.value))
            or "\n" in self.comment
        ):
            raise ValueError("blanks and line breaks would make another line of limits.conf")
        return self


SPEC = Spec(kind=Kind.STATE, args=PamLimitsArgs, namespaces=("community.general",))
