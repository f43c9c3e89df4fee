"""Manage one rule of the access list of a file, folder or registry key of a Windows host.

The account may be named by SID, by the English name of a built-in one, or as the host calls it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text
from officefleet.modules.win_acl.rights import number
from officefleet.modules.windows import BOTH


class WinAclArgs(Args):
    """Arguments of win_acl; rights are names of .NET's FileSystemRights or RegistryRights, joined by commas."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "D:\\Scans", "user": "S-1-5-32-545", "rights": "Modify", "type": "allow"},
                {"path": "HKLM:\\SOFTWARE\\LGO", "user": "Users", "rights": "WriteKey", "type": "allow"},
            ]
        }
    }

    path: Text
    user: Text
    rights: Text
    type: Literal["allow", "deny"]
    state: Literal["absent", "present"] = "present"
    inherit: Text | None = None
    propagation: Literal["InheritOnly", "None", "NoPropagateInherit"] = "None"
    follow: Bool = False

    @field_validator("rights")
    @classmethod
    def _known(cls, rights: str) -> str:
        if number(rights, registry=False) is None and number(rights, registry=True) is None:
            raise ValueError("rights are names of FileSystemRights or RegistryRights, joined by commas")
        return rights

    @field_validator("inherit")
    @classmethod
    def _flags(cls, inherit: str | None) -> str | None:
        known = {"containerinherit", "objectinherit", "none", ""}
        if inherit is not None and not {part.strip().lower() for part in inherit.split(",")} <= known:
            raise ValueError("inherit is ContainerInherit, ObjectInherit, both, or None")
        return inherit


SPEC = Spec(kind=Kind.STATE, args=WinAclArgs, namespaces=BOTH)
