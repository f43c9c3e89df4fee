"""Tell what is at a path of a Windows host: kind, size, times, attributes, owner, links and checksum."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH


class WinStatArgs(Args):
    """Arguments of win_stat."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "C:\\ProgramData\\officine\\galss.ini"},
                {"path": "C:\\LGO\\setup.exe", "checksum_algorithm": "sha256", "get_size": False},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "dest", "name"))
    get_checksum: Bool = True
    get_size: Bool = True
    checksum_algorithm: Literal["md5", "sha1", "sha256", "sha384", "sha512"] = "sha1"
    follow: Bool = False


SPEC = Spec(kind=Kind.STATE, args=WinStatArgs, namespaces=BOTH)
