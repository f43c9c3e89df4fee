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


@pytest.mark.skipif(shutil.which("ufw") is None, reason="ufw is not installed")
def test_the_uncomplicated_firewall(own_network: Host) -> None:
    host = own_network
    rule = {
        "rule": "allow",
        "port": "4631",
        "proto": "tcp",
        "src": "10.42.21.0/24",
        "comment": "impression",
    }
    made = host.converge("ufw", rule)
    assert len(made["commands"]) == 1
    assert "4631/tcp" in host.sh("ufw show added | tr -s ' ' | sed 's/any port 4631 proto tcp/4631\\/tcp/'")
    host.converge("ufw", rule | {"rule": "deny", "src": "any", "route": True})
    host.converge("ufw", rule | {"rule": "deny", "src": "any", "route": True, "delete": True})
    host.converge("ufw", rule | {"delete": True})
    assert "4631" not in host.sh("ufw show added")
    host.converge("ufw", {"default": "reject", "direction": "incoming", "logging": "off"})
    host.converge("ufw", {"default": "deny", "logging": "low"})
    host.converge("ufw", {"state": "enabled"})
    assert "Status: active" in host.sh("ufw status")
    assert host.run("ufw", {"state": "reloaded"})["changed"] is True
    host.converge("ufw", {"state": "disabled"})
    assert host.run("ufw", {"rule": "allow", "port": "none"})["failed"] is True
