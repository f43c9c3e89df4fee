"""Turn the firewall of a Windows host on or off, and set what each profile does with traffic that no rule names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from officefleet.modules.spec import Args, Kind, Spec


class WinFirewallArgs(Args):
    """Arguments of win_firewall."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"state": "enabled"},
                {"state": "enabled", "profiles": ["Public"], "inbound_action": "block"},
            ]
        }
    }

    profiles: list[Literal["Domain", "Private", "Public"]] = Field(default=["Domain", "Private", "Public"])
    state: Literal["disabled", "enabled"] | None = None
    inbound_action: Literal["allow", "block", "not_configured"] | None = None
    outbound_action: Literal["allow", "block", "not_configured"] | None = None

    @field_validator("profiles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


SPEC = Spec(kind=Kind.STATE, args=WinFirewallArgs, namespaces=("community.windows", "ansible.windows"))
