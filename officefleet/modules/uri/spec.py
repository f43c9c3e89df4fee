"""Ask a web server for something, or send it something, and look at its answer.

The answer's status must be one of `status_code`. Its headers are in the result, in small letters with underscores; JSON is
read into `json`; the text itself comes with `return_content`. With `dest` the answer is written to a file, which alone
makes the task "changed". Nothing is asked in check mode. GSSAPI (`use_gssapi`) is not to be had.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, ConfigDict, Field, field_validator, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text, TextList


class UriArgs(FileArgs):
    """Arguments of uri; `timeout` in seconds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "http://nas.officine/etat", "return_content": True},
                {
                    "url": "https://nas.officine/api/postes",
                    "method": "POST",
                    "body_format": "json",
                    "body": {"nom": "comptoir-1"},
                    "status_code": [200, 201],
                },
                {
                    "url": "https://nas.officine/depot",
                    "method": "POST",
                    "body_format": "form-multipart",
                    "body": {"journal": {"filename": "journal.txt"}},
                },
            ]
        }
    )

    url: Text = Field(description="http or https address")
    method: Text = Field(default="GET", description="HTTP's method, in any case")
    body: Any = Field(default=None, description="what is sent; see body_format")
    body_format: Literal["form-urlencoded", "json", "raw", "form-multipart"] = Field(
        default="raw", description="how body is written, and the Content-Type that it gets"
    )
    src: Text | None = Field(default=None, description="file to send instead of body")
    remote_src: Bool = Field(default=False, description="files to send are on the host")
    dest: Text | None = Field(
        default=None, description="file for the answer, or a folder that gets the address's name for it"
    )
    return_content: Bool = Field(default=False, description="put the answer's text into the result")
    status_code: list[int] = Field(default=[200], description="statuses that count as success")
    follow_redirects: Literal["all", "yes", "safe", "none", "no", "urllib2"] = Field(
        default="safe", description="which redirects to follow; safe: those of GET and HEAD"
    )
    creates: Text | None = Field(default=None, description="do nothing when this exists")
    removes: Text | None = Field(default=None, description="do nothing when this does not exist")
    headers: dict[str, Any] = Field(default_factory=dict, description="request headers")
    unredirected_headers: TextList = Field(
        default_factory=list, description="headers that are not sent where a redirect leads"
    )
    http_agent: Text = Field(default="ansible-httpget", description="the User-Agent header")
    force: Bool = Field(default=False, description="ask for no cached copy")
    timeout: int = Field(default=30, description="seconds without an answer")
    url_username: Text | None = Field(
        default=None, validation_alias=AliasChoices("url_username", "user"), description="user to log in as"
    )
    url_password: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("url_password", "password"),
        description="the user's password",
    )
    force_basic_auth: Bool = Field(default=False, description="log in at once instead of waiting to be asked")
    use_netrc: Bool = Field(default=True, description="take a login from ~/.netrc")
    use_gssapi: Bool = Field(default=False, description="refused: a login by Kerberos is not to be had")
    use_proxy: Bool = Field(default=True, description="heed the host's proxy variables")
    validate_certs: Bool = Field(default=True, description="verify the server's certificate")
    ca_path: Text | None = Field(default=None, description="certificates that vouch for the server")
    client_cert: Text | None = Field(default=None, description="certificate of the client, on the host")
    client_key: Text | None = Field(default=None, description="its key, where it is not in the same file")
    ciphers: TextList = Field(default_factory=list, description="TLS ciphers, OpenSSL's names")
    decompress: Bool = Field(default=True, description="unpack an answer that the server sends with gzip")
    unix_socket: Text | None = Field(default=None, description="socket to connect to instead of the host")

    @field_validator("follow_redirects", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    @field_validator("status_code", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if isinstance(value, str):
            value = value.split(",")
        elif not isinstance(value, list):
            value = [value]
        return [int(one) if isinstance(one, str) and one.strip().isdigit() else one for one in value]

    @field_validator("method")
    @classmethod
    def _word(cls, method: str) -> str:
        if not method.isalpha():
            raise ValueError("parameter 'method' needs to be a single word in uppercase, like GET or POST")
        return method.upper()

    @model_validator(mode="after")
    def _fits(self) -> UriArgs:
        if self.body is not None and self.src is not None:
            raise ValueError("body and src exclude each other")
        if self.use_gssapi:
            raise ValueError("use_gssapi: a login by Kerberos is not to be had; give a user and password")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=UriArgs, check="none", secret=("url_password",))
