"""Let a Windows host log an account on by itself at its start, or stop that.

Windows keeps the password in its LSA store, not in the registry's plain text; an administrator can still read it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from officefleet.modules.spec import Args, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinAutoLogonArgs(Args):
    r"""Arguments of win_auto_logon; the user may be written as DOMAIN\user."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"username": "comptoir", "password": "{{ comptoir_password }}"}, {"state": "absent"}]
        }
    }

    username: Text | None = None
    password: Text | None = None
    logon_count: int | None = None
    state: Literal["absent", "present"] = "present"

    @model_validator(mode="after")
    def _enough(self) -> WinAutoLogonArgs:
        if self.state == "present" and (self.username is None or self.password is None):
            raise ValueError("state present needs username and password")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinAutoLogonArgs, namespaces=BOTH, secret=("password",))
