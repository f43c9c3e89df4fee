"""Set what dpkg is to do with a package, for instance hold it at its version."""

from __future__ import annotations

from typing import Literal

from officefleet.modules.spec import Args, Kind, Spec, Text


class DpkgSelectionsArgs(Args):
    """Arguments of dpkg_selections."""

    model_config = Args.model_config | {
        "json_schema_extra": {"examples": [{"name": "galss", "selection": "hold"}]}
    }

    name: Text
    selection: Literal["install", "hold", "deinstall", "purge"]


SPEC = Spec(kind=Kind.STATE, args=DpkgSelectionsArgs)
