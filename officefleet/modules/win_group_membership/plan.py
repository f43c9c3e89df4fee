"""What win_group_membership changes. `state` holds SIDs; names are only shown."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    added, removed = moves(state, args)
    group = state["sid"]
    return [
        *(
            change("join", args["name"], {}, {name: "member"}, group=group, sid=sid)
            for sid, name in added.items()
        ),
        *(
            change("leave", args["name"], {name: "member"}, {}, group=group, sid=sid)
            for sid, name in removed.items()
        ),
    ]


def moves(state: dict[str, Any], args: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return ({sid: name} to add, {sid: name} to remove).

    Raises:
        Failed: no such group, or a member to add that nobody knows; who is not known cannot be in it either.

    """
    if state["sid"] is None:
        raise Failed("there is no local group %s" % args["name"], name=args["name"])
    found = {one["sid"]: one["name"] for one in state["members"]}
    wanted = {one["sid"]: one["name"] for one in state["asked"] if one["sid"] is not None}
    if args["state"] == "absent":
        return {}, {sid: name for sid, name in found.items() if sid in wanted}
    for one in state["asked"]:
        if one["sid"] is None:
            raise Failed("there is no account %s" % one["name"], name=args["name"])
    added = {sid: name for sid, name in wanted.items() if sid not in found}
    if args["state"] == "present":
        return added, {}
    return added, {sid: name for sid, name in found.items() if sid not in wanted}


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    added, removed = moves(state, args)
    stay = [one["name"] for one in state["members"] if one["sid"] not in removed]
    return {
        "name": args["name"],
        "added": list(added.values()),
        "removed": list(removed.values()),
        "members": [*stay, *added.values()],
    }
