"""Keep one user of a password file for HTTP basic login (nginx, Apache).

A password that the file's hash fits is left alone, whatever the scheme. Schemes: apr_md5_crypt, md5_crypt, ldap_sha1,
plaintext, and as far as the host's libcrypt has them des_crypt, sha256_crypt, sha512_crypt and bcrypt.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field, field_validator, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text

Scheme = Literal[
    "apr_md5_crypt", "md5_crypt", "des_crypt", "ldap_sha1", "plaintext", "sha256_crypt", "sha512_crypt", "bcrypt",
    "portable_apache22", "host_apache24",
]  # fmt: skip


class HtpasswdArgs(FileArgs):
    """Arguments of htpasswd."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/nginx/passwd", "name": "titulaire", "password": "chut", "mode": "0640"},
                {"path": "/etc/nginx/passwd", "name": "stagiaire", "state": "absent"},
            ]
        }
    )

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "destfile"))
    name: Text = Field(validation_alias=AliasChoices("name", "username"))
    password: Text | None = None
    hash_scheme: Scheme = Field(
        default="apr_md5_crypt", validation_alias=AliasChoices("hash_scheme", "crypt_scheme")
    )
    state: Literal["present", "absent"] = "present"
    create: Bool = True

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if ":" in name or "\n" in name or not name:
            raise ValueError("a user's name holds neither colons nor line breaks")
        return name

    @model_validator(mode="after")
    def _fits(self) -> HtpasswdArgs:
        if self.state == "present" and self.password is None:
            raise ValueError("password is required for a user that shall be present")
        return self


SPEC = Spec(kind=Kind.STATE, args=HtpasswdArgs, namespaces=("community.general",), secret=("password",))
