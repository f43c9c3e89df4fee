"""Set the host's name, now and at the next start. ``/etc/hosts`` is not touched."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from officefleet.modules.spec import Args, Kind, Spec, Text

_LABEL = re.compile(r"^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$")
_LONGEST = 64  # what the kernel takes

Use = Literal[
    "alpine", "debian", "freebsd", "generic", "macos", "macosx", "darwin", "openbsd", "openrc", "redhat", "sles",
    "solaris", "systemd",
]  # fmt: skip


class HostnameArgs(Args):
    """Arguments of hostname; `use` is accepted and changes nothing: /etc/hostname and the kernel are set."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{"name": "o0421-comptoir-1"}]}}

    name: Text
    use: Use | None = None

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if len(name) > _LONGEST or not all(_LABEL.match(part) for part in name.split(".")):
            raise ValueError("letters, digits, hyphens and dots, at most 64 and at most 63 between dots")
        return name


SPEC = Spec(kind=Kind.STATE, args=HostnameArgs, facts="facts")
