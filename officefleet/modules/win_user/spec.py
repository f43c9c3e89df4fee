"""Manage a local user account of a Windows host.

Groups may be named by SID, by the English name of a built-in one, or as the host calls them. The password is plain text:
it is masked wherever it would show.
"""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList
from officefleet.modules.windows import BOTH


class WinUserArgs(Args):
    """Arguments of win_user; `account_locked: false` unlocks, an account cannot be locked by hand."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "comptoir", "groups": ["S-1-5-32-545"], "password_never_expires": True},
                {"name": "stagiaire", "account_disabled": True},
                {"name": "ancien", "state": "absent"},
            ]
        }
    }

    name: Text
    state: Literal["absent", "present", "query"] = "present"
    account_disabled: Bool | None = None
    account_locked: Bool | None = None
    description: Text | None = None
    fullname: Text | None = None
    groups: TextList | None = None
    groups_action: Literal["add", "replace", "remove"] = "replace"
    home_directory: Text | None = None
    login_script: Text | None = None
    password: Text | None = None
    password_expired: Bool | None = None
    password_never_expires: Bool | None = None
    profile: Text | None = None
    update_password: Literal["always", "on_create"] = "always"  # noqa: S105  a mode, no password
    user_cannot_change_password: Bool | None = None

    @field_validator("account_locked")
    @classmethod
    def _only_unlock(cls, locked: bool | None) -> bool | None:  # noqa: FBT001  pydantic calls it
        if locked:
            raise ValueError("an account can only be unlocked: account_locked: false")
        return locked


SPEC = Spec(kind=Kind.STATE, args=WinUserArgs, namespaces=BOTH, secret=("password",))
