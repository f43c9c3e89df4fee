"""Tell what is at a path: kind, mode, owner, size, times and checksum."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class StatArgs(Args):
    """Arguments of stat."""

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"))
    follow: Bool = False
    get_checksum: Bool = True
    get_mime: Bool = Field(default=False, validation_alias=AliasChoices("get_mime", "mime", "mime_type"))
    get_attributes: Bool = Field(default=False, validation_alias=AliasChoices("get_attributes", "attr"))
    checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = Field(
        default="sha1", validation_alias=AliasChoices("checksum_algorithm", "checksum", "checksum_algo")
    )


SPEC = Spec(kind=Kind.EXECUTE, args=StatArgs)
