from __future__ import annotations

from typing import Any

from windows_host import ModuleFailed, WindowsMachine

KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"


def read(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    def held(name: str) -> Any:
        found = machine.registry.value(KEY, name)
        return found[1] if found else None

    stored = machine.extra.get("lsa", {}).get("DefaultPassword")
    return {
        "enabled": held("AutoAdminLogon") or "",
        "username": held("DefaultUserName") or "",
        "domain": held("DefaultDomainName") or "",
        "count": held("AutoLogonCount"),
        "plain": held("DefaultPassword") is not None,
        "stored": stored is not None,
        "password_fits": stored is not None and stored == arguments["password"],
    }


def apply(change: dict[str, Any], machine: WindowsMachine) -> None:
    lsa = machine.extra.setdefault("lsa", {})
    machine.registry.delete(KEY, "DefaultPassword")
    machine.registry.delete(KEY, "AutoLogonCount")
    if change["op"] == "enable":
        lsa["DefaultPassword"] = change["password"]
        machine.registry.set(KEY, "DefaultUserName", "string", change["user"])
        machine.registry.set(KEY, "DefaultDomainName", "string", change["domain"])
        if change["count"] is not None:
            machine.registry.set(KEY, "AutoLogonCount", "dword", change["count"])
        machine.registry.set(KEY, "AutoAdminLogon", "string", "1")
    elif change["op"] == "disable":
        machine.registry.set(KEY, "AutoAdminLogon", "string", "0")
        lsa.pop("DefaultPassword", None)
    else:
        raise ModuleFailed(f"win_auto_logon knows no {change['op']}")
    machine.journal.append(("win_auto_logon", change["op"]))
