"""Load or unload a module of the kernel, now and at every start."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from officefleet.modules.spec import Args, Kind, Spec, Text

_NAME = re.compile(r"^[A-Za-z0-9_-]+$")


class ModprobeArgs(Args):
    """Arguments of modprobe."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"name": "ftdi_sio", "persistent": "present"}, {"name": "pcspkr", "state": "absent"}]
        }
    }

    name: Text
    state: Literal["present", "absent"] = "present"
    params: Text = ""
    persistent: Literal["disabled", "present", "absent"] = "disabled"

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.match(name) or name.startswith("-"):
            raise ValueError("not the name of a kernel module")
        return name

    @field_validator("params")
    @classmethod
    def _one_line(cls, params: str) -> str:
        if "\n" in params:
            raise ValueError("a line break would begin another line")
        return params


SPEC = Spec(kind=Kind.STATE, args=ModprobeArgs, namespaces=("community.general",))
