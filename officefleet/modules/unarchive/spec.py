"""Unpack an archive into a folder of a host: tar, with gzip, bzip2, xz or zstd, and zip.

The archive comes from the controller, or with `remote_src` from the host itself or an address. Only what differs
is written. An archive whose entries would land outside `dest` is refused as a whole.
"""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text, TextList


class UnarchiveArgs(FileArgs):
    """Arguments of unarchive."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"src": "lgo.tar.gz", "dest": "/opt", "owner": "root", "group": "root"},
                {"src": "/srv/pilotes.zip", "dest": "/srv/pilotes", "remote_src": True, "include": ["*.inf"]},
                {"src": "lgo.tar.gz", "dest": "/opt/lgo", "extra_opts": ["--strip-components=1"]},
            ]
        }
    )

    src: Text = Field(description="the archive")
    dest: Text = Field(description="the folder, which must exist")
    remote_src: Bool = Field(default=False, description="src is on the host, or an address")
    copy_source: Bool = Field(
        default=True, validation_alias="copy", description="the old way to say not remote_src"
    )
    creates: Text | None = Field(default=None, description="do nothing when this path exists")
    include: TextList = Field(default_factory=list, description="unpack only these; shell patterns")
    exclude: TextList = Field(default_factory=list, description="do not unpack these; shell patterns")
    keep_newer: Bool = Field(default=False, description="leave alone what is newer than in the archive")
    list_files: Bool = Field(default=False, description="tell the archive's entries in the result")
    extra_opts: TextList = Field(default_factory=list, description="only --strip-components=N is understood")
    decrypt: Bool = Field(default=True, description="decrypt an archive of the controller that is encrypted")
    validate_certs: Bool = Field(default=True, description="verify the server's certificate for an address")
    io_buffer_size: int = Field(default=65536, description="accepted; has no effect")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.include and self.exclude:
            raise ValueError("parameters are mutually exclusive: include|exclude")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=UnarchiveArgs)
