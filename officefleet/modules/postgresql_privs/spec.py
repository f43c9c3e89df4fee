"""Grant or revoke privileges on PostgreSQL's objects, memberships of roles and default privileges.

The server itself tells whether something changes: the statements run in a transaction, its lists are compared before and after,
and in check mode the transaction is rolled back.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.postgres import NAMESPACES, SECRET, LoginArgs
from officefleet.modules.spec import Bool, Kind, Spec, Text, TextList

Type = Literal[
    "database", "default_privs", "foreign_data_wrapper", "foreign_server", "function", "group", "language", "table",
    "tablespace", "schema", "sequence", "type", "procedure", "parameter",
]  # fmt: skip


class PostgresqlPrivsArgs(LoginArgs):
    """Arguments of postgresql_privs."""

    model_config = LoginArgs.model_config | {
        "json_schema_extra": {
            "examples": [
                {"login_db": "lgo", "roles": "lecture", "privs": "SELECT", "objs": "ALL_IN_SCHEMA"},
                {"login_db": "lgo", "roles": "lgo", "type": "database", "privs": "CONNECT,TEMP"},
                {"login_db": "lgo", "roles": "titulaire", "type": "group", "objs": "lecture"},
            ]
        }
    }

    login_db: Text = Field(validation_alias=AliasChoices("login_db", "db", "database"))
    roles: TextList = Field(validation_alias=AliasChoices("roles", "role"))
    type: Type = "table"
    objs: Text | None = Field(default=None, validation_alias=AliasChoices("objs", "obj"))
    privs: TextList = Field(default_factory=list, validation_alias=AliasChoices("privs", "priv"))
    schema_name: Text | None = Field(default=None, validation_alias="schema")
    state: Literal["present", "absent"] = "present"
    grant_option: Bool | None = Field(
        default=None, validation_alias=AliasChoices("grant_option", "admin_option")
    )
    target_roles: TextList | None = None
    fail_on_role: Bool = True
    password: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> PostgresqlPrivsArgs:
        if self.type == "group" and self.privs:
            raise ValueError('Argument "privs" is not allowed when "type" is "group"')
        if self.type != "group" and not self.privs:
            raise ValueError('Argument "privs" is required when "type" is not "group"')
        if self.objs is None and self.type not in ("database", "default_privs"):
            raise ValueError('Argument "objs" is required for this type')
        if self.target_roles and self.type != "default_privs":
            raise ValueError('Argument "target_roles" is only valid with type default_privs')
        if self.login_password and self.password:
            raise ValueError("parameters are mutually exclusive: login_password|password")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=PostgresqlPrivsArgs, namespaces=NAMESPACES, secret=SECRET)
