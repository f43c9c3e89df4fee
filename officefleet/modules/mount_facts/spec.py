"""Gather facts about mounts: where, of what, how large; from fstab, the kernel's list or ``mount``."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList


class MountFactsArgs(Args):
    """Arguments of mount_facts; `timeout` in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"fstypes": ["ext*", "xfs"]},
                {
                    "sources": ["/proc/mounts"],
                    "devices": ["nas.officine:*"],
                    "timeout": 5,
                    "on_timeout": "warn",
                },
            ]
        }
    }

    devices: TextList | None = None
    fstypes: TextList | None = None
    sources: TextList | None = None
    mount_binary: Text | None = "mount"
    timeout: float | None = None
    on_timeout: Literal["error", "warn", "ignore"] = "error"
    include_aggregate_mounts: Bool | None = None


SPEC = Spec(kind=Kind.EXECUTE, args=MountFactsArgs, facts="facts")
