"""Install or remove one update of Windows from a file, by its KB number or its package's identifier.

win_updates asks the update service instead.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator, model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinHotfixArgs(Args):
    """Arguments of win_hotfix; `source` is an .msu or .cab file on the host or a share."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"hotfix_kb": "KB4015438", "source": "C:\\Temp\\windows10.0-kb4015438-x64.msu"},
                {"hotfix_kb": "KB4015438", "state": "absent"},
            ]
        }
    }

    hotfix_identifier: Text | None = None
    hotfix_kb: Text | None = None
    source: Text | None = None
    state: Literal["absent", "present"] = "present"

    @field_validator("hotfix_kb")
    @classmethod
    def _number(cls, kb: str | None) -> str | None:
        if kb is not None and not re.fullmatch(r"(?i)KB\d{5,8}", kb):
            raise ValueError("an update's number looks like KB4015438")
        return kb

    @model_validator(mode="after")
    def _enough(self) -> WinHotfixArgs:
        if self.state == "present" and self.source is None:
            raise ValueError("state present needs a source")
        if self.state == "present" and self.hotfix_kb is None and self.hotfix_identifier is None:
            raise ValueError(
                "state present needs hotfix_kb or hotfix_identifier, which tell whether it is there"
            )
        if self.state == "absent" and self.hotfix_kb is None and self.hotfix_identifier is None:
            raise ValueError("state absent needs hotfix_kb or hotfix_identifier")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinHotfixArgs, namespaces=BOTH)
