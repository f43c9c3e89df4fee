"""Manage the uncomplicated firewall: on or off, its default policies, its logging and one rule.

Whether a rule is new is asked of ufw itself, by a dry run.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text

Direction = Literal["in", "incoming", "out", "outgoing", "routed"]
Protocol = Literal["any", "tcp", "udp", "ipv6", "esp", "ah", "gre", "igmp", "vrrp"]


class UfwArgs(Args):
    """Arguments of ufw; `insert_relative_to` knows "zero" alone."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"state": "enabled", "policy": "deny"},
                {
                    "rule": "allow",
                    "port": "631",
                    "proto": "tcp",
                    "src": "10.42.21.0/24",
                    "comment": "impression",
                },
                {"rule": "allow", "name": "OpenSSH"},
            ]
        }
    }

    state: Literal["enabled", "disabled", "reloaded", "reset"] | None = None
    default: Literal["allow", "deny", "reject"] | None = Field(
        default=None, validation_alias=AliasChoices("default", "policy")
    )
    direction: Direction | None = None
    logging: Literal["on", "off", "low", "medium", "high", "full"] | None = None
    rule: Literal["allow", "deny", "limit", "reject"] | None = None
    delete: Bool = False
    insert: int | None = None
    insert_relative_to: Literal["zero"] = "zero"
    route: Bool = False
    log: Bool = False
    from_ip: Text = Field(default="any", validation_alias=AliasChoices("from_ip", "from", "src"))
    from_port: Text | None = None
    to_ip: Text = Field(default="any", validation_alias=AliasChoices("to_ip", "dest", "to"))
    to_port: Text | None = Field(default=None, validation_alias=AliasChoices("to_port", "port"))
    proto: Protocol | None = Field(default=None, validation_alias=AliasChoices("proto", "protocol"))
    name: Text | None = Field(default=None, validation_alias=AliasChoices("name", "app"))
    interface: Text | None = Field(default=None, validation_alias=AliasChoices("interface", "if"))
    interface_in: Text | None = Field(default=None, validation_alias=AliasChoices("interface_in", "if_in"))
    interface_out: Text | None = Field(default=None, validation_alias=AliasChoices("interface_out", "if_out"))
    comment: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> UfwArgs:
        if not any((self.state, self.default, self.logging, self.rule)):
            raise ValueError("give one of state, default, logging, rule")
        if self.direction == "routed" and self.rule is not None:
            raise ValueError("a rule's direction is in or out; use route for forwarded packets")
        if self.interface and (
            self.direction not in ("in", "out") or self.interface_in or self.interface_out
        ):
            raise ValueError(
                "interface needs direction in or out, and excludes interface_in and interface_out"
            )
        if self.interface_in and self.interface_out and not self.route:
            raise ValueError("only a route has both interface_in and interface_out")
        if self.name and (self.proto or self.to_port):
            raise ValueError("an application's profile says protocol and port itself")
        if "'" in (self.comment or ""):
            raise ValueError("ufw takes no apostrophe in a comment")
        texts = (self.from_ip, self.from_port, self.to_ip, self.to_port, self.name, self.interface)
        if any((text or "").startswith("-") for text in texts):
            raise ValueError("a value must not begin with a hyphen")
        return self


SPEC = Spec(kind=Kind.STATE, args=UfwArgs, namespaces=("community.general",))
