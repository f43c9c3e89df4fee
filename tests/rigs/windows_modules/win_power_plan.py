from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

OWN = {
    "381b4222-f694-41f0-9685-ff5bb260df2e": {"name": "Utilisation normale", "active": True},
    "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c": {"name": "Performances \xe9lev\xe9es", "active": False},
    "a1841308-3541-4fab-bc81-f71556f20b4a": {"name": "\xc9conomies d'\xe9nergie", "active": False},
}


def plans(machine: WindowsMachine) -> dict[str, dict[str, Any]]:
    if not machine.power_plans:
        machine.power_plans.update({guid: dict(one) for guid, one in OWN.items()})
    return machine.power_plans


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    found = sorted(plans(machine).items())
    return {"plans": [{"guid": guid, "name": one["name"], "active": one["active"]} for guid, one in found]}


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    if change["op"] != "activate" or change["path"] not in plans(machine):
        raise ModuleFailed(f"win_power_plan cannot {change['op']} {change['path']}")
    for guid, one in machine.power_plans.items():
        one["active"] = guid == change["path"]
    machine.journal.append(("win_power_plan", change["path"]))
