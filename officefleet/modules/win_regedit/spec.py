r"""Manage a key or a value of the registry.

Keys are written as HKLM:\SOFTWARE\Editor; an empty or missing `name` means the key's default value. With `hive` a
file such as a user's NTUSER.DAT is loaded as HKLM:\ANSIBLE for the time of the task.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import AliasChoices, Field, field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH

_HIVE = re.compile(r"^(HKCC|HKCR|HKCU|HKLM|HKU):?\\", re.IGNORECASE)


def registry_path(path: str) -> str:
    r"""Return a key's path in one form, HKLM:\SOFTWARE\X.

    Raises:
        ValueError: it does not begin with one of the five hives.

    """
    path = path.replace("/", "\\")
    found = _HIVE.match(path + "\\")
    if found is None:
        raise ValueError("a key's path begins with HKLM:\\, HKCU:\\, HKCR:\\, HKU:\\ or HKCC:\\")
    return f"{found[1].upper()}:\\{path[len(found[0]) :].strip(chr(92))}"


class WinRegeditArgs(Args):
    """Arguments of win_regedit; numbers are decimal or 0x..., binary data a list or hex:be,ef."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "HKLM:\\SOFTWARE\\Officine"},
                {"path": "HKLM:\\SOFTWARE\\Officine", "name": "Poste", "data": 3, "type": "dword"},
                {"path": "HKLM:\\SOFTWARE\\Officine", "name": "Poste", "state": "absent"},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "key"))
    name: Text | None = Field(default=None, validation_alias=AliasChoices("name", "entry", "value"))
    data: Any = None
    type: Literal["none", "binary", "dword", "expandstring", "multistring", "string", "qword"] = Field(
        default="string", validation_alias=AliasChoices("type", "datatype")
    )
    state: Literal["absent", "present"] = "present"
    delete_key: Bool = True
    hive: Text | None = None

    @field_validator("path")
    @classmethod
    def _path(cls, path: str) -> str:
        return registry_path(path)

    @field_validator("type", mode="before")
    @classmethod
    def _short(cls, name: object) -> object:
        return "string" if name == "str" else name


SPEC = Spec(kind=Kind.STATE, args=WinRegeditArgs, namespaces=BOTH)
