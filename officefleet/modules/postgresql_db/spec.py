"""Create, change, rename, drop, dump and restore PostgreSQL databases.

``psql``, ``pg_dump`` and ``pg_restore`` of the host do the work. A dump or restore always counts as a change.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.postgres import NAMESPACES, LoginArgs
from officefleet.modules.spec import Bool, Kind, Spec, Text


class PostgresqlDbArgs(LoginArgs):
    """Arguments of postgresql_db."""

    model_config = LoginArgs.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": "lgo", "owner": "lgo", "encoding": "UTF8"},
                {"name": "lgo", "state": "dump", "target": "/srv/sauvegarde/lgo.sql.gz"},
                {"name": "essai", "state": "absent", "force": True},
            ]
        }
    }

    name: Text = Field(validation_alias=AliasChoices("name", "db"))
    state: Literal["present", "absent", "dump", "restore", "rename"] = "present"
    owner: Text = ""
    template: Text = ""
    encoding: Text = ""
    lc_collate: Text = ""
    lc_ctype: Text = ""
    icu_locale: Text = ""
    locale_provider: Text = ""
    conn_limit: Text = ""
    tablespace: Text = ""
    comment: Text | None = None
    force: Bool = False
    maintenance_db: Text = "postgres"
    target: Text = ""
    target_opts: Text = ""
    dump_extra_args: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> PostgresqlDbArgs:
        if self.state in ("dump", "restore") and not self.target:
            raise ValueError("target is required for a dump or a restore")
        if self.state == "rename" and (not self.target or self.target == self.name):
            raise ValueError(
                'The "target" option must be defined when the "rename" option is used, and differ from name'
            )
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=PostgresqlDbArgs, namespaces=NAMESPACES, secret=("login_password",))
