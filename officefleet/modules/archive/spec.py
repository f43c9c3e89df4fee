"""Pack files and folders of a host into an archive, or compress one file.

One file alone is compressed unless `force_archive` is yes; several paths, patterns and folders become a tar with
the compression of `format`, or a zip. The archive is written anew only when its content would differ.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text, TextList


class ArchiveArgs(FileArgs):
    """Arguments of archive."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/srv/lgo", "dest": "/srv/sauvegarde/lgo.tgz", "mode": "0600"},
                {"path": ["/etc/galss.ini", "/etc/hosts"], "dest": "/srv/poste.zip", "format": "zip"},
                {"path": "/var/log/lgo/*.log", "dest": "/srv/logs.tar.xz", "format": "xz", "remove": True},
            ]
        }
    )

    path: TextList = Field(description="files and folders; shell patterns")
    dest: Text | None = Field(default=None, description="the archive; otherwise path with the format behind")
    format_: Literal["bz2", "gz", "tar", "xz", "zip"] = Field(
        default="gz", validation_alias="format", description="compression"
    )
    exclude_path: TextList = Field(
        default_factory=list, description="paths that are left out; shell patterns"
    )
    exclusion_patterns: TextList = Field(
        default_factory=list,
        validation_alias=AliasChoices("exclusion_patterns", "exclude_patterns"),
        description="shell patterns of paths and names that are left out",
    )
    force_archive: Bool = Field(default=False, description="make an archive even of one file")
    remove: Bool = Field(default=False, description="remove what was packed")


SPEC = Spec(kind=Kind.EXECUTE, args=ArchiveArgs, namespaces=("community.general",))
