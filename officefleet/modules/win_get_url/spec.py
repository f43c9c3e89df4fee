"""Download a file onto a Windows host.

With `force: no` a file that is there stays unless the server has a newer one. `checksum` is checked before the file takes
its place, and a file that has it already is not fetched again.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinGetUrlArgs(Args):
    """Arguments of win_get_url; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "url": "https://nas.officine.example/galss.msi",
                    "dest": "C:\\Temp\\galss.msi",
                    "checksum": "a97e6837f60cec6da4491bab387296bbcd72bdba",
                },
            ]
        }
    }

    url: Text
    dest: Text
    force: Bool = True
    checksum: Text | None = None
    checksum_algorithm: Literal["md5", "sha1", "sha256", "sha384", "sha512"] = "sha1"
    checksum_url: Text | None = None
    headers: dict[str, Text] | None = None
    http_agent: Text = "ansible-httpget"
    follow_redirects: Literal["all", "none", "safe"] = "safe"
    maximum_redirection: int = 50
    proxy_url: Text | None = None
    proxy_username: Text | None = None
    proxy_password: Text | None = None
    use_proxy: Bool = True
    url_method: Text | None = Field(default=None, validation_alias=AliasChoices("url_method", "method"))
    url_username: Text | None = Field(
        default=None, validation_alias=AliasChoices("url_username", "user", "username")
    )
    url_password: Text | None = Field(default=None, validation_alias=AliasChoices("url_password", "password"))
    url_timeout: int = Field(default=30, validation_alias=AliasChoices("url_timeout", "timeout"))
    force_basic_auth: Bool = False
    use_default_credential: Bool = False
    validate_certs: Bool = True

    @model_validator(mode="after")
    def _one_checksum(self) -> WinGetUrlArgs:
        if self.checksum is not None and self.checksum_url is not None:
            raise ValueError("give either checksum or checksum_url")
        return self


SPEC = Spec(kind=Kind.STATE, args=WinGetUrlArgs, namespaces=BOTH, secret=("url_password", "proxy_password"))
