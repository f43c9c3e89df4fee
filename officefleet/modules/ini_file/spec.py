"""Manage settings in an INI file.

`section` is the part between brackets; without it the settings before the first section are meant. `values` sets
an option that occurs several times.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from officefleet.modules.spec import Bool, FileArgs, Kind, Spec, Text, TextList


class IniFileArgs(FileArgs):
    """Arguments of ini_file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"path": "/etc/galss.ini", "section": "TERMINAL1", "option": "Port", "value": "COM3"},
                {"path": "/etc/galss.ini", "section": "TERMINAL2", "state": "absent"},
                {"path": "/etc/x.ini", "section": "lecteurs", "option": "nom", "values": ["A", "B"]},
            ]
        }
    )

    path: Text = Field(validation_alias=AliasChoices("path", "dest"), description="the INI file")
    section: Text | None = Field(default=None, description="section; none: before the first one")
    option: Text | None = Field(default=None, description="name of the setting; none: the section as a whole")
    value: Text | None = Field(default=None, description="its value")
    values: TextList | None = Field(default=None, description="its values, one line each")
    exclusive: Bool = Field(default=True, description="lines of the option with other values go")
    state: Literal["absent", "present"] = "present"
    no_extra_spaces: Bool = Field(default=False, description="no spaces around the equals sign")
    ignore_spaces: Bool = Field(default=False, description="leave a line alone that differs in spaces only")
    allow_no_value: Bool = Field(default=False, description="an option without equals sign and value")
    modify_inactive_option: Bool = Field(default=True, description="a commented-out option is replaced")
    create: Bool = Field(default=True, description="make the file where it is missing")
    backup: Bool = Field(default=False, description="keep the old content beside, with a time stamp")
    follow: Bool = Field(default=False, description="write through a link instead of replacing it")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.value is not None and self.values is not None:
            raise ValueError("parameters are mutually exclusive: value|values")
        no_value = self.value is None and not self.values
        if self.state == "present" and self.option is not None and no_value and not self.allow_no_value:
            raise ValueError("value or values is required with an option unless allow_no_value is yes")
        return self


SPEC = Spec(kind=Kind.STATE, args=IniFileArgs, namespaces=("community.general",))
