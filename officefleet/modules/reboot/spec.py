"""Restart the host, and wait until it is back and answers.

The boot id before and after proves that it has restarted.
"""

from __future__ import annotations

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList


class RebootArgs(Args):
    """Arguments of reboot; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{}, {"reboot_timeout": 300, "msg": "update of the card readers"}]}
    }

    msg: Text = "Reboot initiated by officefleet"
    pre_reboot_delay: int = Field(default=0, description="rounded down to minutes, as shutdown counts")
    post_reboot_delay: int = 0
    reboot_timeout: int = 600
    connect_timeout: int | None = None
    test_command: Text = "whoami"
    boot_time_command: Text = "cat /proc/sys/kernel/random/boot_id"
    reboot_command: Text | None = None
    search_paths: TextList = Field(default=["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"])


SPEC = Spec(kind=Kind.ACTION, args=RebootArgs)
