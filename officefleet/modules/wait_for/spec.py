"""Wait on the host until a port answers, a file or text appears, or either is gone; or just for some time."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList

State = Literal["absent", "drained", "present", "started", "stopped"]
_STATES = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"]


class WaitForArgs(Args):
    """Arguments of wait_for; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"port": 631, "delay": 2, "timeout": 60},
                {"path": "/run/robot.sock", "state": "absent"},
                {"path": "/var/log/lgo.log", "search_regex": "ready"},
            ]
        }
    }

    host: Text = "127.0.0.1"
    port: int | None = None
    path: Text | None = None
    state: State = "started"
    search_regex: Text | None = None
    timeout: int = 300
    connect_timeout: int = 5
    delay: int = 0
    sleep: int = 1
    active_connection_states: TextList = Field(default=_STATES)
    exclude_hosts: TextList = Field(default=[])
    msg: Text | None = None

    @field_validator("search_regex")
    @classmethod
    def _pattern(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _fits(self) -> WaitForArgs:
        if self.port is not None and self.path is not None:
            raise ValueError("port and path parameter can not both be passed to wait_for")
        if self.path is not None and self.state in ("stopped", "drained"):
            raise ValueError(f"state={self.state} should only be used for checking a port")
        if self.state == "drained" and self.port is None:
            raise ValueError("state=drained needs a port")
        if self.exclude_hosts and self.state != "drained":
            raise ValueError("exclude_hosts should only be with state=drained")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=WaitForArgs, check="none")
