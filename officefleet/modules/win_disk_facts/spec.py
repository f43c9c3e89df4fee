"""Gather facts about a Windows host's disks, partitions and volumes; they are `ansible_facts.disks`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec
from officefleet.modules.windows import BOTH


class WinDiskFactsArgs(Args):
    """Arguments of win_disk_facts; `filter` names what is looked up beside the disks themselves."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{}, {"filter": ["partitions", "volumes"]}]}
    }

    filter: list[Literal["physical_disk", "virtual_disk", "win32_disk_drive", "partitions", "volumes"]] = (
        Field(default=["physical_disk", "virtual_disk", "win32_disk_drive", "partitions", "volumes"])
    )


SPEC = Spec(kind=Kind.STATE, args=WinDiskFactsArgs, namespaces=BOTH, facts="facts")
