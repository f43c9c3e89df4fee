"""Set a parameter of the kernel, in a file for the next start and, when asked, now."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

_NAME = re.compile(r"^[A-Za-z0-9_.*:/-]+$")


class SysctlArgs(Args):
    """Arguments of sysctl; `reload` has the kernel read the file after a change."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "vm.swappiness", "value": "10"},
                {
                    "name": "net.ipv4.ip_forward",
                    "value": "1",
                    "sysctl_set": True,
                    "sysctl_file": "/etc/sysctl.d/nas.conf",
                },
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "key"))
    value: Text | None = Field(default=None, validation_alias=AliasChoices("value", "val"))
    state: Literal["present", "absent"] = "present"
    ignoreerrors: Bool = False
    reload: Bool = True
    sysctl_file: Text = "/etc/sysctl.conf"
    sysctl_set: Bool = False

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.match(name) or ".." in name:
            raise ValueError("not the name of a kernel parameter")
        return name

    @model_validator(mode="after")
    def _complete(self) -> SysctlArgs:
        if self.state == "present" and not (self.value or "").strip():
            raise ValueError("value is needed")
        if "\n" in (self.value or ""):
            raise ValueError("a line break would begin another parameter")
        return self


SPEC = Spec(kind=Kind.STATE, args=SysctlArgs, namespaces=("ansible.posix",))
