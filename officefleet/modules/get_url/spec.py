"""Download a file from the web to a host.

An existing file is replaced when the server has a newer one with other content; `force` asks for it in any case.
With `checksum` a file that has it is left alone, and a download that has another one is refused.
"""

from __future__ import annotations

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text, TextList


class GetUrlArgs(FileArgs):
    """Arguments of get_url."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "http://nas.officine/pilotes/cps.deb", "dest": "/var/cache/cps.deb", "mode": "0644"},
                {
                    "url": "https://nas.officine/lgo.zip",
                    "dest": "/opt/",
                    "checksum": "sha256:https://nas.officine/SHA256SUMS",
                },
            ]
        }
    )

    url: Text = Field(description="http, https, ftp or file address")
    dest: Text = Field(description="the file, or a folder that gets the server's name for it")
    force: Bool = Field(default=False, description="download even when the server has nothing newer")
    checksum: Text = Field(
        default="", description="ALGORITHM:HEX, or ALGORITHM:ADDRESS of a list of checksums"
    )
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    tmp_dest: Text | None = Field(default=None, description="folder for the download on its way")
    timeout: int = Field(default=10, description="seconds without an answer")
    headers: dict[str, Text] | None = Field(default=None, description="request headers")
    unredirected_headers: TextList = Field(
        default_factory=list, description="headers that are not sent where a redirect leads"
    )
    http_agent: Text = Field(default="ansible-httpget", description="the User-Agent header")
    url_username: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("url_username", "username"),
        description="user for basic login",
    )
    url_password: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("url_password", "password"),
        description="password for basic login",
    )
    force_basic_auth: Bool = Field(default=False, description="accepted; the login is always sent at once")
    use_netrc: Bool = Field(default=True, description="take a login from ~/.netrc")
    validate_certs: Bool = Field(default=True, description="verify the server's certificate")
    client_cert: Text | None = Field(default=None, description="certificate of the client, on the host")
    client_key: Text | None = Field(default=None, description="its key, where it is not in the same file")
    ciphers: TextList = Field(default_factory=list, description="TLS ciphers, OpenSSL's names")
    use_proxy: Bool = Field(default=True, description="heed the host's proxy variables")
    decompress: Bool = Field(default=True, description="unpack an answer that the server sends with gzip")


SPEC = Spec(kind=Kind.EXECUTE, args=GetUrlArgs, secret=("url_password",))
