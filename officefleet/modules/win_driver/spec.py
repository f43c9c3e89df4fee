r"""Manage a driver package of a Windows host's driver store, with pnputil.

Ansible has no such module. Only what was checked comes in: the package's catalogue must be validly signed, and the files
named in `sha256` must be those that were examined. `officefleet drivers` gives the hashes of a package.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.windows import BOTH

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class WinDriverArgs(Args):
    """Arguments of win_driver."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "path": "C:\\Temp\\vitale\\vitale.inf",
                    "version": "3.1.0.0",
                    "sha256": {"vitale.inf": "0" * 64, "vitale.cat": "1" * 64},
                },
                {"name": "vitale.inf", "version": "2.0.0.0", "state": "absent"},
            ]
        }
    }

    path: Text | None = Field(default=None, description="the package's INF file on the host")
    name: Text | None = Field(
        default=None, description="the INF's original name; path's last part if not given"
    )
    version: Text | None = Field(default=None, description="DriverVer's version: which one is meant")
    state: Literal["absent", "present"] = "present"
    sha256: dict[str, Text] = Field(default={}, description="what the package's files must hash to, by name")
    install: Bool = Field(default=True, description="put it on matching devices at once, too")
    force: Bool = Field(default=False, description="remove a package that devices use")

    @field_validator("sha256")
    @classmethod
    def _hashes(cls, sums: dict[str, str]) -> dict[str, str]:
        low = {name.lower(): value.lower() for name, value in sums.items()}
        if not all(_SHA256.match(value) for value in low.values()):
            raise ValueError("a SHA-256 has 64 hex digits")
        if any("/" in name or "\\" in name for name in low):
            raise ValueError("files are named without a folder: they lie beside the INF file")
        return low

    @model_validator(mode="after")
    def _enough(self) -> WinDriverArgs:
        if self.state == "absent" and self.name is None and self.path is None:
            raise ValueError("state absent needs the name of the INF file")
        if self.state == "present":
            if self.path is None or self.version is None:
                raise ValueError("state present needs path and version")
            kinds = {name.rpartition(".")[2] for name in self.sha256}
            if not {"inf", "cat"} <= kinds:
                raise ValueError("sha256 must name at least the package's INF and CAT files")
        return self

    @property
    def inf(self) -> str:
        """The INF file's name."""
        return self.name or (self.path or "").replace("/", "\\").rpartition("\\")[2]


SPEC = Spec(kind=Kind.STATE, args=WinDriverArgs, namespaces=BOTH)
