"""Install or remove packages with the host's package manager. On Debian that is ``apt``, whose arguments it takes too."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList


class PackageArgs(Args):
    """Arguments of package."""

    model_config = Args.model_config | {
        "extra": "allow",
        "json_schema_extra": {"examples": [{"name": ["cups", "avahi-daemon"], "state": "present"}]},
    }

    name: TextList
    state: Text = "present"
    use: Text = Field(default="auto", description="auto or apt")

    @property
    def others(self) -> dict[str, Any]:
        """Further arguments, for the package manager's own module."""
        return self.model_extra or {}


SPEC = Spec(kind=Kind.EXECUTE, args=PackageArgs, accepts_any=True)
