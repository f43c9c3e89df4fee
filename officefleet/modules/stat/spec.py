"""Tell what is at a path: kind, mode, owner, size, times, checksum, type of content and attributes.

The result's `stat` holds ``exists`` and, where something is there, the other fields.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class StatArgs(Args):
    """Arguments of stat."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/galss.ini"},
                {"path": "/srv/sauvegarde", "get_checksum": False, "get_mime": False},
                {"path": "/opt/lgo/setup.bin", "checksum_algorithm": "sha256"},
            ]
        }
    )

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"), description="what is looked at")
    follow: Bool = Field(default=False, description="look at what a link leads to")
    get_checksum: Bool = Field(default=True, description="take a regular file's checksum")
    get_mime: Bool = Field(
        default=True,
        validation_alias=AliasChoices("get_mime", "mime", "mime_type", "mime-type"),
        description="tell the type of content, where the host has the program file",
    )
    get_attributes: Bool = Field(
        default=True,
        validation_alias=AliasChoices("get_attributes", "attr", "attributes"),
        description="tell the file system's flags, as lsattr does",
    )
    checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = Field(
        default="sha1",
        validation_alias=AliasChoices("checksum_algorithm", "checksum", "checksum_algo"),
        description="which checksum",
    )


SPEC = Spec(kind=Kind.EXECUTE, args=StatArgs)
