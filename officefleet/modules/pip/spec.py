"""Install, upgrade and remove Python packages with pip, in the system or in a virtual environment.

In check mode pip is asked what it would install (``--dry-run``); a pip that is too old to say is undecidable.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList

_SPECIFIER = re.compile(r"^\s*(<=?|>=?|!=|~=|===?)")


class PipArgs(Args):
    """Arguments of pip."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": ["psycopg2-binary", "lxml>=4"], "virtualenv": "/opt/lgo/venv"},
                {"requirements": "requirements.txt", "chdir": "/opt/lgo", "virtualenv": "/opt/lgo/venv"},
                {"name": "docker", "version": "7.1.0", "break_system_packages": True},
            ]
        }
    }

    name: TextList = Field(default=[])
    version: Text | None = None
    requirements: Text | None = None
    state: Literal["present", "absent", "latest", "forcereinstall"] = "present"
    virtualenv: Text | None = None
    virtualenv_command: Text = "virtualenv"
    virtualenv_python: Text | None = None
    virtualenv_site_packages: Bool = False
    executable: Text | None = None
    editable: Bool = False
    extra_args: Text | None = None
    chdir: Text | None = None
    umask: Text | int | None = None
    break_system_packages: Bool = False

    @field_validator("name")
    @classmethod
    def _whole(cls, names: list[str]) -> list[str]:
        """Put ``django>1,<2`` together again, which the comma has cut."""
        found: list[str] = []
        for name in names:
            if found and _SPECIFIER.match(name):
                found[-1] += "," + name.strip()
            elif name:
                found.append(name)
        return found

    @field_validator("umask")
    @classmethod
    def _octal(cls, umask: str | int | None) -> str | int | None:
        if isinstance(umask, str) and not re.fullmatch(r"[0-7]{1,4}", umask):
            raise ValueError("umask must be an octal integer")
        return umask

    @model_validator(mode="after")
    def _fits(self) -> PipArgs:
        if not (self.name or self.requirements):
            raise ValueError("one of the following is required: name, requirements")
        if self.name and self.requirements:
            raise ValueError("parameters are mutually exclusive: name|requirements")
        if self.executable and self.virtualenv:
            raise ValueError("parameters are mutually exclusive: executable|virtualenv")
        if self.version is not None and self.state == "latest":
            raise ValueError("version is incompatible with state=latest")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=PipArgs)
