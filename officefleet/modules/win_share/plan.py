"""What win_share changes.

`state` is {"folder": bool, "share": None or settings, "access": [{"sid", "name", "control", "right"}], "asked": {name: sid}};
CIM's numbers: https://learn.microsoft.com/windows-hardware/drivers/storage/msft-smbshare.
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, differing, same

_CACHING = {0: "None", 1: "Manual", 2: "Documents", 3: "Programs", 4: "BranchCache", 5: "Unknown"}
_ACCESS_BASED = 0  # FolderEnumerationMode: 0 AccessBased, 1 Unrestricted


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name, share = args["name"], state["share"]
    if args["state"] == "absent":
        return (
            [change("remove", name, {"path": share["path"]}, {"path": None}, scope=args["scope_name"])]
            if share
            else []
        )
    if not state["folder"]:
        raise Failed("the folder %s does not exist" % args["path"])
    changes = []
    found = share
    if share is not None and not same(share["path"].rstrip("\\"), _clean(args["path"])):
        changes.append(
            change("remove", name, {"path": share["path"]}, {"path": None}, scope=args["scope_name"])
        )
        found = None
    if found is None:
        made = change(
            "create",
            name,
            {"path": None},
            {"path": args["path"]},
            folder=args["path"],
            scope=args["scope_name"],
        )
        changes.append(made)
        found = {"path": args["path"], "description": "", "caching": 1, "enumeration": 1, "encrypt": False}
    return [
        *changes,
        *_settings(found, args),
        *_access(state if not changes else {**state, "access": []}, args),
    ]


def _clean(path: str) -> str:
    return path.replace("/", "\\").rstrip("\\")


def _settings(found: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    known = {
        "description": found["description"],
        "caching_mode": _CACHING.get(found["caching"]),
        "encrypt": found["encrypt"],
        "list": found["enumeration"] != _ACCESS_BASED,
    }
    wanted = {name: args[name] for name in ("description", "caching_mode", "encrypt")}
    setting = differing(known, {**wanted, "list": args["list_all"]})
    before = {name: known[name] for name in setting}
    more = {"set": setting, "scope": args["scope_name"]}
    return [change("set", args["name"], before, dict(setting), **more)] if setting else []


def _access(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted: dict[tuple[str, str], str] = {}
    for right in ("full", "change", "read", "deny"):
        for account in args[right]:
            sid = state["asked"].get(account)
            if sid is None:
                raise Failed("there is no account %s" % account)
            wanted[sid, right] = account
    found = {
        (one["sid"], one["right"] if one["control"] == "allow" else "deny"): one["name"]
        for one in state["access"]
    }
    gone = (
        {}
        if args["rule_action"] == "add"
        else {key: name for key, name in found.items() if key not in wanted}
    )
    new = {key: name for key, name in wanted.items() if key not in found}
    changes = []
    for sid, denied in dict.fromkeys((sid, right == "deny") for sid, right in gone):
        rights = [right for one, right in gone if one == sid and (right == "deny") == denied]
        before = {"%s %s" % (gone[sid, right], right): True for right in rights}
        changes.append(
            change("revoke", args["name"], before, {}, sid=sid, right="deny" if denied else "allow")
        )
        # revoking takes every right of an account away: what shall stay is given again
        new.update(
            {key: name for key, name in wanted.items() if key[0] == sid and (key[1] == "deny") == denied}
        )
    changes.extend(
        change("grant", args["name"], {}, {"%s %s" % (name, right): True}, sid=sid, right=right)
        for (sid, right), name in new.items()
    )
    return changes


def result(_state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"actions": ["%s %s" % (one["op"], args["name"]) for one in changes]}
