"""What postgresql_user changes."""

from __future__ import annotations

from officefleet.agents.postgres import name, value

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FLAGS = {
    "SUPERUSER": "rolsuper", "CREATEROLE": "rolcreaterole", "CREATEUSER": "rolcreaterole", "CREATEDB": "rolcreatedb",
    "INHERIT": "rolinherit", "LOGIN": "rolcanlogin", "REPLICATION": "rolreplication", "BYPASSRLS": "rolbypassrls",
}  # fmt: skip


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"role": a row of pg_roles or None, "fits": whether the password is the role's, "expires": as the server has it}."""
    role = state["role"]
    if args["state"] == "absent":
        return (
            []
            if role is None
            else [_sql("DROP USER %s" % name(args["name"]), {"state": "present"}, {"state": "absent"})]
        )
    changes = []
    before, after, words = _options(state, args)
    if role is None:
        text = "CREATE USER %s%s" % (name(args["name"]), " WITH " + " ".join(words) if words else "")
        changes.append(_sql(text, {"state": "absent"}, {"state": "present"}))
    elif words:
        changes.append(_sql("ALTER USER %s WITH %s" % (name(args["name"]), " ".join(words)), before, after))
    changes += _configuration(role, args)
    now = (role or {}).get("comment") or ""
    if args["comment"] is not None and args["comment"] != now:
        text = "COMMENT ON ROLE %s IS %s" % (name(args["name"]), value(args["comment"]))
        changes.append(_sql(text, {"comment": now}, {"comment": args["comment"]}))
    return changes


def _sql(text: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"op": "sql", "path": "", "sql": text, "before": before, "after": after}


def _options(state: dict[str, Any], args: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return (before, after, words) of what CREATE or ALTER USER has to say."""
    role = state["role"]
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    words: list[str] = []
    if args["password"] is not None and not state["fits"] and not (role and args["no_password_changes"]):
        words.append(
            "%sPASSWORD %s"
            % (
                "ENCRYPTED " if args["encrypted"] else "",
                value(args["password"]) if args["password"] else "NULL",
            )
        )
        before["password"], after["password"] = "(hidden)", "(another, hidden)"
    for flag in args["role_attr_flags"].split(",") if args["role_attr_flags"] else []:
        wanted = flag in _FLAGS
        column = _FLAGS[flag if wanted else flag[2:]]
        if role is None or role[column] != wanted:
            words.append(flag.replace("CREATEUSER", "CREATEROLE"))
            before[column], after[column] = role and role[column], wanted
    if args["expires"] is not None and (role is None or not state["expires"]):
        words.append("VALID UNTIL " + value(args["expires"]))
        before["expires"], after["expires"] = role and role["rolvaliduntil"], args["expires"]
    if args["conn_limit"] is not None and (role is None or role["rolconnlimit"] != args["conn_limit"]):
        words.append("CONNECTION LIMIT %d" % args["conn_limit"])
        before["conn_limit"], after["conn_limit"] = role and role["rolconnlimit"], args["conn_limit"]
    return before, after, words


def _configuration(role: dict[str, Any] | None, args: dict[str, Any]) -> list[dict[str, Any]]:
    pairs = [one.partition("=") for one in (role or {}).get("rolconfig") or []]
    now = {key: given for key, _equals, given in pairs}
    changes = []
    for key, given in args["configuration"].items():
        if now.get(key) != str(given):
            literal = value(given) if args["quote_configuration_values"] else str(given)
            text = "ALTER ROLE %s SET %s TO %s" % (name(args["name"]), name(key), literal)
            changes.append(_sql(text, {key: now.get(key)}, {key: given}))
    if args["reset_unspecified_configuration"]:
        for key in sorted(set(now) - set(args["configuration"])):
            text = "ALTER ROLE %s RESET %s" % (name(args["name"]), name(key))
            changes.append(_sql(text, {key: now[key]}, {key: None}))
    return changes
