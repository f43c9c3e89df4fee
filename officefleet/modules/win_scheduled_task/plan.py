"""What win_scheduled_task changes. `state` is {"xml": the task's definition or None, "sids": {account: SID or None}}."""

from __future__ import annotations

from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.win_scheduled_task import definition, writing
from officefleet.modules.windows import change, is_sid, same

_PLAIN = (*definition.SETTINGS, *definition.INFORMATION, "multiple_instances", "restart_interval", "restart_count",
          "compatibility", "display_name", "run_level")  # fmt: skip
_EMPTY = '<Task xmlns="%s"/>' % definition.SPACE
_SERVICES = ("S-1-5-18", "S-1-5-19", "S-1-5-20")
_LOGON_NUMBERS = {"none": 0, "password": 1, "s4u": 2, "interactive_token": 3, "group": 4, "service_account": 5,
                  "token_or_password": 6}  # fmt: skip  # TASK_LOGON_TYPE


def full_name(args: dict[str, Any]) -> str:
    folder = "\\" + str(args["path"]).replace("/", "\\").strip("\\")
    return folder.rstrip("\\") + "\\" + str(args["name"])


def sid_of(account: str | None, state: dict[str, Any]) -> str | None:
    """Return the SID of a named account.

    Raises:
        Failed: nobody has that name.

    """
    if account is None or is_sid(account):
        return account
    found = state["sids"].get(account)
    if found is None:
        raise Failed("there is no account %s" % account)
    return str(found)


def wanted(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the task shall have: those that are there, and over them those that are named."""
    found = definition.parse(state["xml"] or _EMPTY)
    values = dict(found)
    values.update({name: args[name] for name in _PLAIN if args[name] is not None})
    if args["actions"] is not None:
        values["actions"] = [dict(one) for one in args["actions"]]
    if args["triggers"] is not None:
        values["triggers"] = [_full_trigger(one, state) for one in args["triggers"]]
    if args["group"] is not None:
        values.update(group_id=sid_of(args["group"], state), user_id=None, logon_type=None)
    elif args["username"] is not None:
        values.update(user_id=sid_of(args["username"], state), group_id=None)
    if args["logon_type"] in definition.LOGONS:
        values["logon_type"] = args["logon_type"]
    elif values["user_id"] in _SERVICES:
        values["logon_type"] = None
    elif args["password"] is not None:
        values["logon_type"] = "password"
    elif state["xml"] is None and values["group_id"] is None:
        values["logon_type"] = "interactive_token"
    return values


def _full_trigger(one: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Return a trigger as it will be read back: what its type does not have is not there."""
    kind = one["type"]
    full = dict(one, user_id=sid_of(one["user_id"], state))
    if one["repetition"] is not None:
        full["repetition"] = {
            **one["repetition"],
            "stop_at_duration_end": bool(one["repetition"]["stop_at_duration_end"]),
        }
    days, months = sorted(definition.DAYS), sorted(definition.MONTHS)
    full["days_of_week"] = sorted(one["days_of_week"] or days) if kind in ("weekly", "monthlydow") else None
    full["months_of_year"] = (
        sorted(one["months_of_year"] or months) if kind in ("monthly", "monthlydow") else None
    )
    full["days_of_month"] = one["days_of_month"] or [] if kind == "monthly" else None
    weeks = one["weeks_of_month"] or ([] if one["run_on_last_week_of_month"] else ["1", "2", "3", "4"])
    full["weeks_of_month"] = weeks if kind == "monthlydow" else None
    return full


def settled(values: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Return values so that two spellings of one thing are the same: accounts as SIDs."""
    known = dict(values)
    for name in ("user_id", "group_id"):
        account = known[name]
        known[name] = state["sids"].get(account, account) if account is not None else None
    known["triggers"] = [
        dict(one, user_id=state["sids"].get(one["user_id"], one["user_id"])) for one in known["triggers"]
    ]
    if known["user_id"] in _SERVICES:
        known["logon_type"] = None
    if not known["restart_count"]:
        known["restart_interval"] = None
    return known


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    name = full_name(args)
    if args["state"] == "absent":
        return (
            [change("remove", name, {"exists": True}, {"exists": False})] if state["xml"] is not None else []
        )
    if state["xml"] is None and not args["actions"]:
        raise Failed("a new task needs at least one action")
    found = settled(definition.parse(state["xml"] or _EMPTY), state)
    goal = settled(wanted(state, args), state)
    differ = [one for one in goal if goal[one] != found[one]]
    secret = args["password"] is not None and args["update_password"]
    if state["xml"] is not None and not differ and not secret:
        return []
    before = {one: found[one] for one in differ} if state["xml"] is not None else {}
    after = {one: goal[one] for one in differ}
    more = {
        "xml": writing.render(goal, state["xml"]),
        "password": args["password"],
        "logon": _logon(goal, args),
    }
    return [change("register", name, before, after, user=goal["user_id"] or goal["group_id"], **more)]


def _logon(goal: dict[str, Any], args: dict[str, Any]) -> int:
    if args["logon_type"] is not None:
        return _LOGON_NUMBERS[args["logon_type"]]
    if goal["group_id"] is not None:
        return _LOGON_NUMBERS["group"]
    if goal["user_id"] in _SERVICES:
        return _LOGON_NUMBERS["service_account"]
    return _LOGON_NUMBERS[goal["logon_type"] or "none"]


def named_accounts(args: dict[str, Any]) -> list[str]:
    """Return the accounts that a task names."""
    found = [args["username"], args["group"], *(one["user_id"] for one in args["triggers"] or ())]
    return sorted({one for one in found if one is not None and not same(one, "")})
