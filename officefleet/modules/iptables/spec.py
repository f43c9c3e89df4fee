"""Manage one rule, policy or chain of the packet filter in force. Nothing is kept for the next start."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList

Level = Literal[
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "emerg",
    "alert",
    "crit",
    "error",
    "warning",
    "notice",
    "info",
    "debug",
]
SetFlags = Literal["src", "dst", "src,dst", "dst,src", "dst,dst", "src,src"]


class IptablesArgs(Args):
    """Arguments of iptables."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "chain": "INPUT",
                    "protocol": "tcp",
                    "destination_port": "631",
                    "source": "10.42.21.0/24",
                    "jump": "ACCEPT",
                },
                {"chain": "INPUT", "policy": "DROP"},
                {"chain": "INPUT", "flush": True},
            ]
        }
    }

    table: Literal["filter", "nat", "mangle", "raw", "security"] = "filter"
    state: Literal["present", "absent"] = "present"
    action: Literal["append", "insert"] = "append"
    rule_num: Text | None = None
    ip_version: Literal["ipv4", "ipv6"] = "ipv4"
    chain: Text | None = None
    chain_management: Bool = False
    protocol: Text | None = None
    source: Text | None = None
    destination: Text | None = None
    tcp_flags: dict[str, list[str]] = Field(default={}, description='{"flags": [...], "flags_set": [...]}')
    match: TextList = Field(default=[])
    jump: Text | None = None
    gateway: Text | None = None
    log_prefix: Text | None = None
    log_level: Level | None = None
    goto: Text | None = None
    in_interface: Text | None = None
    out_interface: Text | None = None
    fragment: Text | None = None
    set_counters: Text | None = None
    source_port: Text | None = None
    destination_port: Text | None = None
    destination_ports: TextList = Field(default=[])
    to_ports: Text | None = None
    to_destination: Text | None = None
    to_source: Text | None = None
    syn: Literal["ignore", "match", "negate"] = "ignore"
    set_dscp_mark: Text | None = None
    set_dscp_mark_class: Text | None = None
    comment: Text | None = None
    ctstate: TextList = Field(default=[])
    src_range: Text | None = None
    dst_range: Text | None = None
    match_set: Text | None = None
    match_set_flags: SetFlags | None = None
    limit: Text | None = None
    limit_burst: Text | None = None
    uid_owner: Text | None = None
    gid_owner: Text | None = None
    reject_with: Text | None = None
    icmp_type: Text | None = None
    flush: Bool = False
    policy: Literal["ACCEPT", "DROP", "QUEUE", "RETURN"] | None = None
    wait: Text | None = None
    numeric: Bool = False

    @field_validator("tcp_flags", mode="before")
    @classmethod
    def _flags(cls, value: Any) -> Any:
        return {} if value is None else value

    @model_validator(mode="after")
    def _fits(self) -> IptablesArgs:
        if self.chain is None and not self.flush:
            raise ValueError("chain is needed unless flush is set")
        if self.flush and self.policy is not None:
            raise ValueError("flush and policy exclude each other")
        if self.set_dscp_mark and self.set_dscp_mark_class:
            raise ValueError("set_dscp_mark and set_dscp_mark_class exclude each other")
        if (self.log_prefix or self.log_level) and self.jump not in (None, "LOG"):
            raise ValueError("log_prefix and log_level need jump=LOG")
        if (self.match_set is None) != (self.match_set_flags is None):
            raise ValueError("match_set and match_set_flags need each other")
        return self


SPEC = Spec(kind=Kind.STATE, args=IptablesArgs)
