"""Manage a package source in deb822 form: ``/etc/apt/sources.list.d/NAME.sources``."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Mode, Spec, Text, TextList


class Deb822RepositoryArgs(Args):
    """Arguments of deb822_repository; `signed_by` is a path, a URL, fingerprints or a key in armour."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "name": "lgo",
                    "uris": "https://lgo.example.org/debian",
                    "suites": "stable",
                    "components": "main",
                    "signed_by": "/etc/apt/keyrings/lgo.asc",
                }
            ]
        }
    }

    name: Text
    state: Literal["present", "absent"] = "present"
    types: TextList = Field(default=["deb"])
    uris: TextList | None = None
    suites: TextList | None = None
    components: TextList | None = None
    architectures: TextList | None = None
    languages: TextList | None = None
    targets: TextList | None = None
    signed_by: Text | None = None
    enabled: Bool | None = None
    trusted: Bool | None = None
    allow_downgrade_to_insecure: Bool | None = None
    allow_insecure: Bool | None = None
    allow_weak: Bool | None = None
    by_hash: Bool | None = None
    check_date: Bool | None = None
    check_valid_until: Bool | None = None
    pdiffs: Bool | None = None
    date_max_future: int | None = None
    inrelease_path: Text | None = None
    mode: Mode = "0644"

    @field_validator("types")
    @classmethod
    def _types(cls, types: list[str]) -> list[str]:
        if not types or not set(types) <= {"deb", "deb-src"}:
            raise ValueError("deb, deb-src or both")
        return types

    @model_validator(mode="after")
    def _fits(self) -> Deb822RepositoryArgs:
        if not re.search(r"[A-Za-z0-9]", self.name) or "\n" in self.name:
            raise ValueError("name: needs a letter or digit, on one line")
        if self.state == "present" and not (self.uris and self.suites):
            raise ValueError("uris and suites are needed")
        if self.suites and not self.components and not all(suite.endswith("/") for suite in self.suites):
            raise ValueError("components are needed unless the suite is a path that ends with a slash")
        words = [
            *(self.uris or []),
            *(self.suites or []),
            *(self.components or []),
            self.inrelease_path or "",
        ]
        if any("\n" in word for word in words):
            raise ValueError("a line break would begin another field")
        return self


SPEC = Spec(kind=Kind.STATE, args=Deb822RepositoryArgs)
