"""What win_user changes. `state` is what the directory provider WinNT says; `flags` are its UserFlags.

The flags are in https://learn.microsoft.com/windows/win32/api/iads/ne-iads-ads_user_flag_enum.
"""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, differing

_FLAGS = {"account_disabled": 0x2, "user_cannot_change_password": 0x40, "password_never_expires": 0x10000}
_TEXTS = ("fullname", "description", "home_directory", "login_script", "profile")
_NEW_FLAGS = 0x201  # UF_NORMAL_ACCOUNT and UF_SCRIPT, as Windows makes accounts


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name = args["name"]
    if args["state"] == "query":
        return []
    if args["state"] == "absent":
        return [change("remove", name, {"exists": True}, {"exists": False})] if state["exists"] else []
    if state["exists"]:
        return [*_password(state, args), *_settings(state, args), *_groups(state, args)]
    fresh = {
        **state,
        **dict.fromkeys(_TEXTS, ""),
        "flags": _NEW_FLAGS,
        "password_expired": False,
        "locked": False,
        "member_of": [],
    }
    made = change("create", name, {"exists": False}, {"exists": True}, password=args["password"])
    return [made, *_settings(fresh, args), *_groups(fresh, args)]


def _password(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["password"] is None or args["update_password"] == "on_create" or state["password_fits"]:  # noqa: S105  a mode
        return []
    return [change("password", args["name"], {}, {"password": "changed"}, password=args["password"])]


def _settings(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = {name: args[name] for name in (*_TEXTS, "password_expired")}
    setting = differing(state, wanted)
    before = {name: state[name] for name in setting}
    after = dict(setting)
    flags = state["flags"]
    for name, bit in _FLAGS.items():
        if args[name] is not None and args[name] != bool(flags & bit):
            before[name], after[name] = bool(flags & bit), args[name]
            flags ^= bit
    if flags != state["flags"]:
        setting["flags"] = flags
    unlock = args["account_locked"] is False and state["locked"]
    if unlock:
        before["account_locked"], after["account_locked"] = True, False
    return [change("set", args["name"], before, after, set=setting, unlock=unlock)] if after else []


def _groups(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["groups"] is None:
        return []
    wanted = {}
    for one in state["asked"]:
        if one["sid"] is None:
            raise Failed("there is no group %s" % one["name"])
        wanted[one["sid"]] = one["name"]
    found = {one["sid"]: one["name"] for one in state["member_of"]}
    joins = (
        {}
        if args["groups_action"] == "remove"
        else {sid: name for sid, name in wanted.items() if sid not in found}
    )
    leaves = {
        sid: name
        for sid, name in found.items()
        if (args["groups_action"] == "replace" and sid not in wanted)
        or (args["groups_action"] == "remove" and sid in wanted)
    }
    return [
        *(
            change("join", args["name"], {}, {"member of " + name: True}, sid=sid)
            for sid, name in joins.items()
        ),
        *(
            change("leave", args["name"], {"member of " + name: True}, {}, sid=sid)
            for sid, name in leaves.items()
        ),
    ]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {"name": args["name"]}
    if args["state"] == "absent" or (args["state"] == "query" and not state["exists"]):
        return {**known, "state": "absent"}
    known["state"] = "present"
    if state["exists"]:
        known.update({name: bool(state["flags"] & bit) for name, bit in _FLAGS.items()})
        known.update({name: state[name] for name in _TEXTS})
        known.update(
            sid=state["sid"], account_locked=state["locked"], password_expired=state["password_expired"]
        )
        known["groups"] = [{"name": one["name"], "sid": one["sid"]} for one in state["member_of"]]
    for one in changes:
        if one["op"] == "set":
            known.update(one["after"])
    return known
