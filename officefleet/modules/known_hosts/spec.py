"""Record a host's SSH key in a known_hosts file, or forget the host.

An entry of the same host with another key of the same type is replaced; names that share its line keep theirs.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class KnownHostsArgs(Args):
    """Arguments of known_hosts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "nas", "key": "nas ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="},
                {"name": "[nas]:2222", "state": "absent", "path": "/etc/ssh/ssh_known_hosts"},
            ]
        }
    )

    name: Text = Field(
        validation_alias=AliasChoices("name", "host"), description="the host; [host]:port with another port"
    )
    key: Text | None = Field(default=None, description="the whole line: host, type, key")
    path: Text = Field(default="~/.ssh/known_hosts", description="the known_hosts file")
    hash_host: Bool = Field(default=False, description="hide the host's name behind a hash")
    state: Literal["absent", "present"] = "present"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.state == "present" and self.key is None:
            raise ValueError("No key specified when adding a host")
        return self


SPEC = Spec(kind=Kind.STATE, args=KnownHostsArgs)
