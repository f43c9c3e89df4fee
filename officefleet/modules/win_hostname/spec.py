"""Set the name of a Windows host; it takes effect at the next restart, which `reboot_required` tells."""

from __future__ import annotations

import re

from pydantic import field_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH

_NAME = re.compile(r"^(?!\d+$)(?!-)[A-Za-z0-9-]{1,15}(?<!-)$")


class WinHostnameArgs(Args):
    """Arguments of win_hostname."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{"name": "POSTE-03"}]}}

    name: Text

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.match(name):
            raise ValueError("a computer's name has 1 to 15 letters, digits and hyphens, not only digits")
        return name


SPEC = Spec(kind=Kind.STATE, args=WinHostnameArgs, namespaces=BOTH)
