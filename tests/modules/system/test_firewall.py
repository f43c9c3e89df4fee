"""iptables in a network of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Host

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("iptables") is None, reason="iptables is not installed"),
]


def test_rules_come_and_go(own_network: Host) -> None:
    host = own_network
    cups = {
        "chain": "INPUT",
        "protocol": "tcp",
        "destination_port": "631",
        "jump": "ACCEPT",
        "comment": "it's cups",
    }
    made = host.converge("iptables", cups)
    assert made["diff"]["before"] == {"rule": None}
    first = {"chain": "INPUT", "action": "insert", "rule_num": 1, "source": "192.0.2.0/24", "jump": "DROP"}
    host.converge("iptables", first)
    rules = host.sh("iptables -S INPUT").splitlines()
    assert rules[1] == "-A INPUT -s 192.0.2.0/24 -j DROP"
    assert "--dport 631" in rules[2]
    host.converge("iptables", cups | {"state": "absent"})
    assert host.sh("iptables -S INPUT | wc -l") == "2"
    host.converge("iptables", {"chain": "INPUT", "policy": "DROP"})
    assert host.sh("iptables -S INPUT").startswith("-P INPUT DROP")
    host.converge("iptables", {"chain": "INPUT", "flush": True})
    assert host.sh("iptables -S INPUT | wc -l") == "1"


def test_chains(own_network: Host) -> None:
    host = own_network
    host.converge("iptables", {"chain": "ROBOT", "chain_management": True, "jump": "RETURN"})
    host.converge("iptables", {"chain": "ROBOT", "flush": True})
    host.converge("iptables", {"chain": "ROBOT", "chain_management": True, "state": "absent"})
    assert host.run("iptables", {"chain": "ROBOT", "jump": "RETURN"})["failed"] is True
    assert host.run("iptables", {"chain": "ROBOT", "jump": "RETURN", "state": "absent"})["changed"] is False
    assert "no policy" in host.run("iptables", {"chain": "ROBOT", "policy": "DROP"})["msg"]


def test_a_rule_that_iptables_refuses(own_network: Host) -> None:
    assert own_network.run("iptables", {"chain": "INPUT", "jump": "NOWHERE"})["failed"] is True
