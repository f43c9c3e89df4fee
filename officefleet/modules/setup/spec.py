"""Gather facts about a host: its system, hardware, network, users and what ``/etc/ansible/facts.d`` adds.

``gather_subset`` names what is wanted: ``all``, ``min``, ``hardware``, ``network``, ``virtual`` or one fact;
``!`` before a name leaves it out. Facts of facter and ohai, ethtool's features and time stamps of network
cards and lspci's names of disk controllers are not gathered: each needs a slow program.
"""

from __future__ import annotations

from pydantic import Field

from officefleet.modules.spec import Args, Kind, Spec, Text, TextList


class SetupArgs(Args):
    """Arguments of setup; `gather_timeout` is in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {},
                {"gather_subset": ["!all", "network"]},
                {"filter": ["ansible_mem*", "default_ipv4"]},
            ]
        }
    }

    gather_subset: TextList = Field(default=["all"])
    filter: TextList = Field(default=[])
    gather_timeout: int = 10
    fact_path: Text = "/etc/ansible/facts.d"


SPEC = Spec(kind=Kind.EXECUTE, args=SetupArgs, facts="facts")
