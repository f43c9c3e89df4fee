"""Find files by name, age, size, mode or content; the result's `files` tells of each what stat tells.

All conditions must hold. Hidden files are left out unless `hidden` is yes.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, ConfigDict, Field

from officefleet.modules.spec import Args, Bool, Kind, Mode, Spec, Text, TextList


class FindArgs(Args):
    """Arguments of find."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"paths": ["/srv/sauvegarde"], "patterns": ["*.zip"], "age": "30d", "recurse": True},
                {"paths": ["/var/log"], "size": "100m"},
                {
                    "paths": ["/etc"],
                    "patterns": ["^galss.*\\.ini$"],
                    "use_regex": True,
                    "contains": "Port=COM",
                },
            ]
        }
    )

    paths: TextList = Field(
        validation_alias=AliasChoices("paths", "path", "name"), description="folders that are searched"
    )
    patterns: TextList = Field(
        default_factory=list,
        validation_alias=AliasChoices("patterns", "pattern"),
        description="names, one of them",
    )
    excludes: TextList = Field(
        default_factory=list,
        validation_alias=AliasChoices("excludes", "exclude"),
        description="names, none of them",
    )
    use_regex: Bool = Field(default=False, description="patterns are regular expressions, not shell patterns")
    file_type: Literal["any", "directory", "file", "link"] = Field(
        default="file", description="kind of entry"
    )
    recurse: Bool = Field(default=False, description="search folders inside, too")
    depth: int | None = Field(default=None, description="how many levels at most; 1 is the folder itself")
    hidden: Bool = Field(default=False, description="do not leave out names that start with a dot")
    follow: Bool = Field(default=False, description="search folders that links lead to")
    age: Text | None = Field(
        default=None,
        description="older than that, or younger with a minus: seconds, or with s, m, h, d, w behind",
    )
    age_stamp: Literal["atime", "ctime", "mtime"] = Field(
        default="mtime", description="which time is the age"
    )
    size: Text | None = Field(
        default=None,
        description="at least that, or at most with a minus: bytes, or with b, k, m, g, t behind",
    )
    mode: Mode | None = Field(default=None, description="permissions, octal or symbolic")
    exact_mode: Bool = Field(default=True, description="exactly mode; no: at least the permissions of mode")
    contains: Text | None = Field(
        default=None, description="regular expression that a line of the file matches"
    )
    read_whole_file: Bool = Field(default=False, description="match contains against the whole file")
    encoding: Text | None = Field(default=None, description="encoding for contains; utf-8 otherwise")
    get_checksum: Bool = Field(default=False, description="tell the sha1 of regular files")
    limit: int | None = Field(default=None, description="stop after so many")


SPEC = Spec(kind=Kind.EXECUTE, args=FindArgs)
