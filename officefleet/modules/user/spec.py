"""Manage a user account: identity, groups, home folder, password, expiry and SSH key.

``password`` is a hash (crypt), never the password itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList


class UserArgs(Args):
    """Arguments of user; expiry times count in days, `expires` in seconds since 1970 (negative: never)."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "titulaire", "groups": ["sudo"], "append": True, "shell": "/bin/bash"},
                {"name": "comptoir", "comment": "Poste comptoir", "password_lock": True},
                {"name": "stagiaire", "state": "absent", "remove": True},
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "user"))
    state: Literal["present", "absent"] = "present"
    uid: int | None = None
    non_unique: Bool = False
    group: Text | None = None
    groups: TextList | None = None
    append: Bool = False
    comment: Text | None = None
    home: Text | None = None
    create_home: Bool = Field(default=True, validation_alias=AliasChoices("create_home", "createhome"))
    move_home: Bool = False
    skeleton: Text | None = None
    shell: Text | None = None
    umask: Text | None = None
    password: Text | None = None
    update_password: Literal["always", "on_create"] = "always"  # noqa: S105  a mode, no password
    password_lock: Bool | None = None
    password_expire_max: int | None = None
    password_expire_min: int | None = None
    password_expire_warn: int | None = None
    password_expire_account_disable: int | None = None
    expires: float | None = None
    system: Bool = False
    local: Bool = False
    uid_min: int | None = None
    uid_max: int | None = None
    force: Bool = False
    remove: Bool = False
    seuser: Text | None = None
    generate_ssh_key: Bool = False
    ssh_key_type: Text = "rsa"
    ssh_key_bits: int | None = None
    ssh_key_file: Text | None = None
    ssh_key_comment: Text = "ansible-generated on $HOSTNAME"
    ssh_key_passphrase: Text | None = None

    @field_validator("password")
    @classmethod
    def _one_line(cls, password: str | None) -> str | None:
        if password is not None and (":" in password or "\n" in password):
            raise ValueError("a password hash holds neither colons nor line breaks")
        return password


SPEC = Spec(kind=Kind.STATE, args=UserArgs, secret=("password", "ssh_key_passphrase"))
