"""Let SSH keys in as a user, or no longer.

A key that is there with other options or another comment is replaced. With `exclusive` all other keys go.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class AuthorizedKeyArgs(Args):
    """Arguments of authorized_key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"user": "root", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== astreinte"},
                {
                    "user": "sauvegarde",
                    "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
                    "key_options": 'command="/usr/bin/rrsync /srv",restrict',
                    "exclusive": True,
                },
            ]
        }
    )

    user: Text = Field(description="whose account")
    key: Text = Field(description="the keys, one a line, or the address of such a file")
    state: Literal["absent", "present"] = "present"
    path: Text | None = Field(
        default=None, description="the file; otherwise authorized_keys in the user's .ssh"
    )
    manage_dir: Bool = Field(default=True, description="make the folder and set its owner and mode")
    key_options: Text | None = Field(default=None, description="options of the keys, see sshd(8)")
    exclusive: Bool = Field(default=False, description="remove all other keys")
    comment: Text | None = Field(default=None, description="comment of the keys instead of their own")
    follow: Bool = Field(default=False, description="write through a link instead of replacing it")
    validate_certs: Bool = Field(default=True, description="verify the server's certificate for an address")


SPEC = Spec(kind=Kind.STATE, args=AuthorizedKeyArgs, namespaces=("ansible.posix",))
