from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

NUMBERS = {"enabled": 1, "disabled": 0, "allow": 2, "block": 4, "not_configured": 0}


def profiles(machine: WindowsMachine) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = machine.extra.setdefault("firewall", {})
    for name in ("Domain", "Private", "Public"):
        found.setdefault(name, {"enabled": 1, "inbound": 4, "outbound": 2})
    return found


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    return {"profiles": [{"name": name, **one} for name, one in sorted(profiles(machine).items())]}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "set":
        raise ModuleFailed(f"win_firewall knows no {change['op']}")
    fields = {"state": "enabled", "inbound_action": "inbound", "outbound_action": "outbound"}
    for name, word in change["set"].items():
        profiles(machine)[change["path"]][fields[name]] = NUMBERS[word]
    machine.journal.append(("win_firewall", change["path"]))
