"""What the modules of community.postgresql share: how to log in. ``psql`` does the work, no library is needed on the host."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Bool, Text

NAMESPACES = ("community.postgresql", "community.general")
SECRET = ("login_password", "password")


class LoginArgs(Args):
    """How to reach a server; `connect_params` are libpq's, by name."""

    login_user: Text = Field(default="postgres", validation_alias=AliasChoices("login_user", "login"))
    login_password: Text | None = None
    login_host: Text = Field(default="", validation_alias=AliasChoices("login_host", "host"))
    login_unix_socket: Text = Field(
        default="", validation_alias=AliasChoices("login_unix_socket", "unix_socket")
    )
    port: int = Field(default=5432, validation_alias=AliasChoices("port", "login_port"))
    ssl_mode: Literal["allow", "disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    ca_cert: Text | None = Field(default=None, validation_alias=AliasChoices("ca_cert", "ssl_rootcert"))
    ssl_cert: Text | None = None
    ssl_key: Text | None = None
    connect_params: dict[str, Any] = Field(default_factory=dict)
    session_role: Text | None = None
    trust_input: Bool = True
