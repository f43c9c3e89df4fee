"""Set or look at POSIX access control lists (setfacl, getfacl). What would change is asked of setfacl itself."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class AclArgs(Args):
    """Arguments of acl; lists of NFSv4 are other programs' business and refused."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "/srv/lgo", "entity": "comptoir", "etype": "user", "permissions": "rx", "state": "present"},
                {"path": "/srv/lgo", "entry": "default:group:lgo:rwx", "state": "present", "recursive": True},
                {"path": "/srv/lgo", "entity": "comptoir", "etype": "user", "state": "absent"},
            ]
        }
    }  # fmt: skip

    path: Text = Field(validation_alias=AliasChoices("path", "name"))
    state: Literal["present", "absent", "query"] = "query"
    entity: Text = ""
    etype: Literal["user", "group", "mask", "other"] | None = None
    permissions: Text | None = None
    entry: Text | None = None
    default: Bool = False
    follow: Bool = True
    recursive: Bool = False
    recalculate_mask: Literal["default", "mask", "no_mask"] = "default"
    use_nfsv4_acls: Bool = False

    @model_validator(mode="after")
    def _fits(self) -> AclArgs:
        if self.use_nfsv4_acls:
            raise ValueError("use_nfsv4_acls: NFSv4 lists are not to be had")
        if self.entry is not None and (self.etype or self.entity or self.permissions):
            raise ValueError("'entry' MUST NOT be set when 'entity', 'etype' or 'permissions' are set")
        if self.entry is None and self.state != "query" and self.etype is None:
            raise ValueError("'etype' MUST be set when 'state' is 'present' or 'absent' and 'entry' is not")
        if self.state == "absent" and self.permissions is not None:
            raise ValueError("'permissions' MUST NOT be set when 'state=absent'")
        if self.state == "present" and self.entry is None and self.permissions is None:
            raise ValueError("'permissions' MUST be set when 'state=present'")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=AclArgs, namespaces=("ansible.posix",))
