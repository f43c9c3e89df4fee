"""What win_auto_logon changes.

`state` is what Winlogon has, "plain": whether a readable password is there, and "password_fits": whether LSA holds the
wanted one. https://learn.microsoft.com/windows/win32/secauthn/msgina-dll-features.
"""

from __future__ import annotations

from typing import Any

from officefleet.modules.windows import change


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    found = {"enabled": state["enabled"] == "1", "username": state["username"], "domain": state["domain"]}
    if args["state"] == "absent":
        if not (found["enabled"] or state["plain"] or state["stored"]):
            return []
        return [change("disable", "Winlogon", {"enabled": found["enabled"]}, {"enabled": False})]
    domain, _separator, user = args["username"].rpartition("\\")
    wanted = {"enabled": True, "username": user, "domain": "" if domain == "." else domain}
    count = args["logon_count"]
    same_count = count is None or state["count"] == count
    if found == wanted and state["password_fits"] and not state["plain"] and same_count:
        return []
    after = {**wanted, **({} if state["password_fits"] else {"password": "changed"})}
    more = {"user": user, "domain": wanted["domain"], "password": args["password"], "count": count}
    return [change("enable", "Winlogon", found, after, **more)]
