"""Wait on a Windows host until a port answers, a file or text appears, or either is gone; or just for some time."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinWaitForArgs(Args):
    """Arguments of win_wait_for; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"port": 8000, "delay": 10},
                {"path": "C:\\LGO\\log.txt", "regex": "termine", "timeout": 600},
                {"timeout": 5},
            ]
        }
    }

    connect_timeout: int = 5
    delay: int = 0
    exclude_hosts: TextList | None = None
    host: Text = "127.0.0.1"
    path: Text | None = None
    port: int | None = None
    regex: Text | None = Field(default=None, validation_alias=AliasChoices("regex", "search_regex", "regexp"))
    sleep: int = Field(default=1, ge=1)
    state: Literal["absent", "drained", "present", "started", "stopped"] = "started"
    timeout: int = 300

    @model_validator(mode="after")
    def _fits(self) -> WinWaitForArgs:
        if self.port is not None and self.path is not None:
            raise ValueError("give either port or path")
        if self.state == "drained" and self.port is None:
            raise ValueError("state drained needs a port")
        if self.exclude_hosts is not None and self.state != "drained":
            raise ValueError("exclude_hosts goes with state drained")
        if self.regex is not None and self.path is None:
            raise ValueError("regex needs a path")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=WinWaitForArgs, namespaces=BOTH, check="none")
