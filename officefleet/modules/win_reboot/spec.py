"""Restart a Windows host, and wait until it is back and answers.

The time of its last start, before and after, proves that it has restarted.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinRebootArgs(Args):
    """Arguments of win_reboot; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{}, {"reboot_timeout": 3600, "msg": "Mise a jour du poste"}]}
    }

    pre_reboot_delay: int = Field(
        default=2, validation_alias=AliasChoices("pre_reboot_delay", "pre_reboot_delay_sec")
    )
    post_reboot_delay: int = Field(
        default=0, validation_alias=AliasChoices("post_reboot_delay", "post_reboot_delay_sec")
    )
    shutdown_timeout: int = Field(
        default=600, validation_alias=AliasChoices("shutdown_timeout", "shutdown_timeout_sec")
    )
    reboot_timeout: int = Field(
        default=600, validation_alias=AliasChoices("reboot_timeout", "reboot_timeout_sec")
    )
    connect_timeout: int = Field(
        default=5, validation_alias=AliasChoices("connect_timeout", "connect_timeout_sec")
    )
    test_command: Text | None = None
    boot_time_command: Text = (
        "(Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().Ticks"
    )
    msg: Text = "Reboot initiated by officefleet"


SPEC = Spec(kind=Kind.ACTION, args=WinRebootArgs, namespaces=BOTH)
