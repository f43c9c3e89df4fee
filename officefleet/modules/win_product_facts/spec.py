"""Gather facts about the licence of a Windows host, and its installed edition."""

from __future__ import annotations

from officefleet.modules.spec import Args, Kind, Spec


class WinProductFactsArgs(Args):
    """win_product_facts has no arguments."""

    model_config = Args.model_config | {"json_schema_extra": {"examples": [{}]}}


SPEC = Spec(
    kind=Kind.STATE,
    args=WinProductFactsArgs,
    namespaces=("community.windows", "ansible.windows"),
    facts="facts",
)
