"""List the host's installed packages: ``packages`` maps each name to its versions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec, TextList


class PackageFactsArgs(Args):
    """Arguments of package_facts; apt (dpkg's database) is the only manager that is known."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}, {"manager": "apt"}]}}

    manager: TextList = Field(default=["auto"])
    strategy: Literal["first", "all"] = "first"


SPEC = Spec(kind=Kind.EXECUTE, args=PackageFactsArgs, facts="facts")
