"""Find, download or install the updates that Windows' update service offers.

Entries of `accept_list` and `reject_list` are KB numbers or regular expressions for titles. The host is not restarted by
this module: `reboot_required` tells when it must be, win_reboot does it.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinUpdatesArgs(Args):
    """Arguments of win_updates."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"category_names": ["SecurityUpdates"], "state": "searched"},
                {"category_names": "*", "reject_list": ["Feature update"], "state": "installed"},
            ]
        }
    }

    category_names: TextList = Field(default=["CriticalUpdates", "SecurityUpdates", "UpdateRollups"])
    accept_list: TextList | None = Field(
        default=None, validation_alias=AliasChoices("accept_list", "whitelist")
    )
    reject_list: TextList | None = Field(
        default=None, validation_alias=AliasChoices("reject_list", "blacklist")
    )
    skip_optional: Bool = False
    server_selection: Literal["default", "managed_server", "windows_update"] = "default"
    state: Literal["installed", "searched", "downloaded"] = "installed"
    reboot: Bool = False
    reboot_timeout: int = 1200
    log_path: Text | None = None

    @field_validator("accept_list", "reject_list")
    @classmethod
    def _patterns(cls, entries: list[str] | None) -> list[str] | None:
        for one in entries or ():
            try:
                re.compile(one)
            except re.error as error:
                raise ValueError(f"{one} is no regular expression: {error}") from None
        return entries

    @field_validator("reboot")
    @classmethod
    def _no_reboot(cls, reboot: bool) -> bool:  # noqa: FBT001  pydantic calls it
        if reboot:
            raise ValueError("restart with win_reboot after this task, when reboot_required says so")
        return reboot


SPEC = Spec(kind=Kind.STATE, args=WinUpdatesArgs, namespaces=BOTH)
