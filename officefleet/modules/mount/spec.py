"""Manage a mount point: its line in ``/etc/fstab`` and whether it is mounted."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

State = Literal[
    "absent", "absent_from_fstab", "ephemeral", "mounted", "present", "remounted", "unmounted"
]  # fmt: skip


class MountArgs(Args):
    """Arguments of mount."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "path": "/mnt/sauvegarde",
                    "src": "LABEL=SAUVEGARDE",
                    "fstype": "ext4",
                    "opts": "noatime,nofail",
                    "state": "mounted",
                },
                {"path": "/mnt/sauvegarde", "state": "unmounted"},
            ]
        }
    }

    path: Text = Field(validation_alias=AliasChoices("path", "name"))
    state: State
    src: Text | None = None
    fstype: Text | None = None
    opts: Text | None = None
    dump: Text = "0"
    passno: Text = "0"
    boot: Bool = True
    fstab: Text = "/etc/fstab"
    backup: Bool = False
    opts_no_log: Bool = False

    @model_validator(mode="after")
    def _complete(self) -> MountArgs:
        if self.state in ("present", "mounted", "ephemeral") and (self.src is None or self.fstype is None):
            raise ValueError(f"state={self.state} needs src and fstype")
        texts = (self.path, self.src or "", self.fstype or "", self.opts or "", self.dump, self.passno)
        if any("\n" in text for text in texts):
            raise ValueError("a line break would begin another line of fstab")
        if not self.path.startswith("/") and self.fstype != "swap":
            raise ValueError("path must be absolute")
        return self


SPEC = Spec(kind=Kind.STATE, args=MountArgs, namespaces=("ansible.posix",))
