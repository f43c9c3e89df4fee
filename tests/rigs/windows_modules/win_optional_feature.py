from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine


def features(machine: WindowsMachine) -> dict[str, dict[str, Any]]:
    for name in ("SMB1Protocol", "NetFx3"):
        machine.optional_features.setdefault(
            name, {"name": name, "state": "Enabled" if name[0] == "S" else "Disabled"}
        )
    return machine.optional_features


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    held = {name.lower(): one["state"] for name, one in features(machine).items()}
    return {"features": [{"name": name, "state": held.get(name.lower())} for name in arguments["name"]]}


def apply(change: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    if change["op"] not in ("enable", "disable"):
        raise ModuleFailed(f"win_optional_feature knows no {change['op']}")
    word = "Enabled" if change["op"] == "enable" else "Disabled"
    for name, one in features(machine).items():
        if name.lower() == change["path"].lower():
            one["state"] = word
    machine.journal.append(("win_optional_feature", (change["op"], change["path"])))
    return {"reboot_required": False}
