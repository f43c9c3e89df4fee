"""Keep a file of a package out of dpkg's way, under another name (dpkg-divert)."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class DpkgDivertArgs(Args):
    """Arguments of dpkg_divert."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "/etc/default/lgo", "rename": True},
                {"path": "/usr/bin/lgo", "divert": "/usr/bin/lgo.orig", "holder": "lgo-local"},
                {"path": "/etc/default/lgo", "state": "absent", "rename": True},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "name"))
    state: Literal["present", "absent"] = "present"
    holder: Text | None = None
    divert: Text | None = None
    rename: Bool = False
    force: Bool = False


SPEC = Spec(kind=Kind.STATE, args=DpkgDivertArgs, namespaces=("community.general",))
