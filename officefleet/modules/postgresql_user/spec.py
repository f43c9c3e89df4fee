"""Create, change and drop PostgreSQL roles.

A password is given as it is, or as a hash (``md5...``, ``SCRAM-SHA-256$...``). A plain one is compared with the server's hash and
sent only when it does not fit. Privileges are `postgresql_privs`'s.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.postgres import NAMESPACES, SECRET, LoginArgs
from officefleet.modules.spec import Bool, Kind, Spec, Text

_FLAGS = ("SUPERUSER", "CREATEROLE", "CREATEDB", "INHERIT", "LOGIN", "REPLICATION", "BYPASSRLS", "CREATEUSER")


class PostgresqlUserArgs(LoginArgs):
    """Arguments of postgresql_user; `priv` is refused, as the collection itself drops it."""

    model_config = LoginArgs.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "lgo", "password": "chut"},
                {"name": "sauvegarde", "role_attr_flags": "LOGIN,REPLICATION", "conn_limit": 2},
                {"name": "stagiaire", "state": "absent"},
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "user"))
    login_db: Text = Field(default="", validation_alias=AliasChoices("login_db", "db"))
    state: Literal["present", "absent"] = "present"
    password: Text | None = None
    encrypted: Bool = True
    no_password_changes: Bool = False
    role_attr_flags: Text = ""
    expires: Text | None = None
    conn_limit: int | None = None
    comment: Text | None = None
    fail_on_user: Bool = Field(default=True, validation_alias=AliasChoices("fail_on_user", "fail_on_role"))
    configuration: dict[str, Any] = Field(default_factory=dict)
    reset_unspecified_configuration: Bool = False
    quote_configuration_values: Bool = True
    priv: Text | None = None

    @field_validator("role_attr_flags")
    @classmethod
    def _known(cls, flags: str) -> str:
        words = [word.strip().upper() for word in re.split(r"[,\s]+", flags) if word.strip()]
        for word in words:
            if word not in _FLAGS and word.removeprefix("NO") not in _FLAGS:
                raise ValueError(f"Invalid role_attr_flags specified: {word}")
        return ",".join(words)

    @field_validator("priv")
    @classmethod
    def _elsewhere(cls, _priv: str | None) -> str | None:
        raise ValueError("use postgresql_privs for privileges")


SPEC = Spec(kind=Kind.EXECUTE, args=PostgresqlUserArgs, namespaces=NAMESPACES, secret=SECRET)
