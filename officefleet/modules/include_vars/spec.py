"""Read variables from a YAML or JSON file, or from all such files of a folder, while the play runs."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList


class IncludeVarsArgs(Args):
    """Arguments of include_vars; `depth` 0 reads all folders below `dir`."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [{"file": "stuff.yaml", "name": "stuff"}, {"dir": "vars/all", "depth": 1}]
        }
    }

    file: Text | None = Field(default=None, validation_alias=AliasChoices("file", "_raw_params", "free-form"))
    dir: Text | None = None
    name: Text | None = None
    depth: int = 0
    files_matching: Text | None = None
    ignore_files: TextList = Field(default=[])
    extensions: TextList = Field(default=["json", "yaml", "yml"])
    ignore_unknown_extensions: Bool = False
    hash_behaviour: Literal["replace", "merge"] | None = None

    @field_validator("files_matching")
    @classmethod
    def _pattern(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _one_of(self) -> IncludeVarsArgs:
        if (self.file is None) == (self.dir is None):
            raise ValueError("give either file or dir")
        return self


SPEC = Spec(kind=Kind.ACTION, args=IncludeVarsArgs, free_form="file", facts="include_vars", pure=True)
