"""Put a git repository at a version, and keep it there.

`version` is a branch, a tag or a commit's hash. Local changes stop the task unless `force` throws them away. What an update
would bring is asked of the remote, so check mode is exact as far as the remote's answer goes.
"""

from __future__ import annotations

import re

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList

_ARCHIVES = re.compile(r"\.(zip|tar|tgz|tar\.gz)$")


class GitArgs(Args):
    """Arguments of git."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"repo": "https://forge.example/lgo.git", "dest": "/opt/lgo", "version": "v2.4"},
                {"repo": "/srv/git/roles.git", "dest": "/opt/roles", "depth": 1, "single_branch": True},
                {"repo": "/srv/git/roles.git", "dest": "/srv/miroir.git", "bare": True},
            ]
        }
    }

    repo: Text = Field(validation_alias=AliasChoices("repo", "name"))
    dest: Text | None = None
    version: Text = "HEAD"
    remote: Text = "origin"
    refspec: Text | None = None
    reference: Text | None = None
    depth: int | None = None
    single_branch: Bool = False
    clone: Bool = True
    update: Bool = True
    force: Bool = False
    bare: Bool = False
    recursive: Bool = True
    track_submodules: Bool = False
    separate_git_dir: Text | None = None
    archive: Text | None = None
    archive_prefix: Text | None = None
    verify_commit: Bool = False
    gpg_allowlist: TextList = Field(
        default=[], validation_alias=AliasChoices("gpg_allowlist", "gpg_whitelist")
    )
    accept_hostkey: Bool = False
    accept_newhostkey: Bool = False
    key_file: Text | None = None
    ssh_opts: Text | None = None
    executable: Text | None = None
    umask: Text | int | None = None

    @field_validator("archive")
    @classmethod
    def _known(cls, archive: str | None) -> str | None:
        if archive is not None and not _ARCHIVES.search(archive):
            raise ValueError(f"Unable to get file extension from archive file name : {archive}")
        return archive

    @field_validator("umask")
    @classmethod
    def _octal(cls, umask: str | int | None) -> str | int | None:
        if isinstance(umask, str) and not re.fullmatch(r"[0-7]{1,4}", umask):
            raise ValueError("umask must be an octal integer")
        return umask

    @model_validator(mode="after")
    def _fits(self) -> GitArgs:
        if self.dest is None and self.clone:
            raise ValueError("the destination directory must be specified unless clone=no")
        if self.separate_git_dir is not None and self.bare:
            raise ValueError("parameters are mutually exclusive: separate_git_dir|bare")
        if self.accept_hostkey and self.accept_newhostkey:
            raise ValueError("parameters are mutually exclusive: accept_hostkey|accept_newhostkey")
        if self.archive_prefix is not None and self.archive is None:
            raise ValueError("missing parameter(s) required by 'archive_prefix': archive")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=GitArgs)
