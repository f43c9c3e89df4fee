"""Put a Subversion repository's content at a revision, as a working copy or as a plain export."""

from __future__ import annotations

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class SubversionArgs(Args):
    """Arguments of subversion."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"repo": "https://forge.example/svn/lgo/trunk", "dest": "/opt/lgo"},
                {"repo": "file:///srv/svn/lgo/trunk", "dest": "/opt/lgo", "export": True, "revision": "12"},
            ]
        }
    }

    repo: Text = Field(validation_alias=AliasChoices("repo", "name", "repository"))
    dest: Text | None = None
    revision: Text = Field(default="HEAD", validation_alias=AliasChoices("revision", "rev", "version"))
    checkout: Bool = True
    update: Bool = True
    export: Bool = False
    switch: Bool = True
    force: Bool = False
    in_place: Bool = False
    username: Text | None = None
    password: Text | None = None
    validate_certs: Bool = False
    executable: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> SubversionArgs:
        if self.dest is None and (self.checkout or self.update or self.export):
            raise ValueError(
                "the destination directory must be specified unless checkout=no, update=no, and export=no"
            )
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=SubversionArgs, secret=("password",))
