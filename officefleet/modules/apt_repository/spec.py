"""Manage a one-line package source in ``/etc/apt/sources.list.d``, and fetch the package lists after a change."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Mode, Spec, Text

_LINE = re.compile(r"^deb(-src)?\s+(\[[^\]\n]*\]\s+)?\S+\s+\S+")


class AptRepositoryArgs(Args):
    """Arguments of apt_repository; ``ppa:`` is Ubuntu's and not known here."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "repo": "deb [signed-by=/etc/apt/keyrings/lgo.asc] https://lgo.example.org/debian stable main",
                    "filename": "lgo",
                }
            ]
        }
    }

    repo: Text
    state: Literal["present", "absent"] = "present"
    filename: Text | None = None
    mode: Mode | None = None
    codename: Text | None = None
    update_cache: Bool = Field(default=True, validation_alias=AliasChoices("update_cache", "update-cache"))
    update_cache_retries: int = 5
    update_cache_retry_max_delay: int = 12
    validate_certs: Bool = True
    install_python_apt: Bool = True

    @field_validator("repo")
    @classmethod
    def _line(cls, repo: str) -> str:
        if not _LINE.match(repo.strip()) or "\n" in repo.strip():
            raise ValueError("not a source such as 'deb https://example.org/debian bookworm main'")
        return repo.strip()

    @field_validator("filename")
    @classmethod
    def _filename(cls, name: str | None) -> str | None:
        if name is not None and not name.startswith("/") and "/" in name:
            raise ValueError("a name or an absolute path")
        return name


SPEC = Spec(kind=Kind.STATE, args=AptRepositoryArgs)
