"""What postgresql_privs says to the server. `plan` gives the statements; the server knows whether they change anything."""

from __future__ import annotations

import re

from officefleet.agents.kit import Failed
from officefleet.agents.postgres import name, value

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_IMPLICIT = ("PUBLIC", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER")
_IN_SCHEMA = {"table": "TABLES", "sequence": "SEQUENCES", "function": "FUNCTIONS", "procedure": "PROCEDURES"}
_KEYWORDS = {"foreign_data_wrapper": "FOREIGN DATA WRAPPER", "foreign_server": "FOREIGN SERVER"}
_PRIVILEGE = re.compile(r"^[A-Za-z ]+(\([^()]*\))?$")
_SCHEMA = ("table", "sequence", "function", "procedure", "type")
_DEFAULTS = ("TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS")
_ALL_DEFAULTS = ("TABLES", "SEQUENCES", "TYPES")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"roles": those of the task's roles that exist}."""
    roles = [role for role in args["roles"] if role.upper() in _IMPLICIT or role in state["roles"]]
    missing = [role for role in args["roles"] if role not in roles]
    if missing and args["fail_on_role"]:
        raise Failed("Role '%s' does not exist" % "', '".join(missing))
    if not roles:
        return []
    who = ", ".join(role.upper() if role.upper() in _IMPLICIT else name(role) for role in roles)
    texts = _group(args, who) if args["type"] == "group" else _grants(args, who)
    return [{"op": "sql", "path": "", "sql": text, "before": {}, "after": {}} for text in texts]


def _group(args: dict[str, Any], who: str) -> list[str]:
    groups = ", ".join(name(one) for one in _objects(args))
    if args["state"] == "absent":
        return ["REVOKE %s FROM %s" % (groups, who)]
    texts = ["GRANT %s TO %s%s" % (groups, who, " WITH ADMIN OPTION" if args["grant_option"] else "")]
    if args["grant_option"] is False:
        texts.append("REVOKE ADMIN OPTION FOR %s FROM %s" % (groups, who))
    return texts


def _grants(args: dict[str, Any], who: str) -> list[str]:
    texts = []
    for target, start in _targets(args):
        what = _privileges(args, target)
        if args["state"] == "absent":
            texts.append("%sREVOKE %s ON %s FROM %s" % (start, what, target, who))
            continue
        option = " WITH GRANT OPTION" if args["grant_option"] else ""
        texts.append("%sGRANT %s ON %s TO %s%s" % (start, what, target, who, option))
        if args["grant_option"] is False:
            texts.append("%sREVOKE GRANT OPTION FOR %s ON %s FROM %s" % (start, what, target, who))
    return texts


def _privileges(args: dict[str, Any], _target: str) -> str:
    for one in args["privs"]:
        if not _PRIVILEGE.match(one):
            raise Failed("Invalid privs specified: %s" % one)
    return ", ".join(one.upper() if "(" not in one else one for one in args["privs"])


def _objects(args: dict[str, Any]) -> list[str]:
    """Return the objects; the commas inside a function's arguments do not part them (colons stand for them)."""
    if args["objs"] is None:
        return [args["login_db"]]
    parts = re.split(r",(?![^(]*\))", args["objs"])
    return [part.strip() for part in parts if part.strip()]


def _targets(args: dict[str, Any]) -> list[tuple[str, str]]:
    """Return [(what stands behind ON, what stands before GRANT)]."""
    kind, objects = args["type"], _objects(args)
    schema = args["schema_name"] or ("public" if kind in _SCHEMA else None)
    if kind == "default_privs":
        return _defaults(args)
    if kind in _IN_SCHEMA and objects == ["ALL_IN_SCHEMA"]:
        return [("ALL %s IN SCHEMA %s" % (_IN_SCHEMA[kind], name(schema or "public")), "")]
    if kind in ("function", "procedure"):
        written = [_function(one, schema or "public") for one in objects]
    elif kind in _SCHEMA:
        written = ["%s.%s" % (name(schema or "public"), name(one)) for one in objects]
    else:
        written = [name(one) for one in objects]
    return [("%s %s" % (_KEYWORDS.get(kind, kind.upper()), ", ".join(written)), "")]


def _function(text: str, schema: str) -> str:
    plain, _open, arguments = text.partition("(")
    inside = arguments.rpartition(")")[0].replace(":", ",") if arguments else None
    if inside is not None and not re.match(r"^[\w\s,.\[\]\"]*$", inside):
        raise Failed("Illegal function / procedure argument list: %s" % inside)
    return "%s.%s%s" % (name(schema), name(plain.strip()), "" if inside is None else "(%s)" % inside)


def _defaults(args: dict[str, Any]) -> list[tuple[str, str]]:
    kinds = [one.upper() for one in _objects(args)] if args["objs"] is not None else ["ALL_DEFAULT"]
    if kinds == ["ALL_DEFAULT"]:
        kinds = list(_ALL_DEFAULTS)
    for kind in kinds:
        if kind not in _DEFAULTS:
            raise Failed("Invalid objs for default_privs: %s" % kind)
    start = "ALTER DEFAULT PRIVILEGES "
    if args["target_roles"]:
        start += "FOR ROLE %s " % ", ".join(name(one) for one in args["target_roles"])
    if args["schema_name"] and kinds != ["SCHEMAS"]:
        start += "IN SCHEMA %s " % name(args["schema_name"])
    return [(kind, start) for kind in kinds]


def roles_query(args: dict[str, Any]) -> str:
    """Return the query for those of the roles that exist."""
    names = ", ".join(value(one) for one in args["roles"])
    return "SELECT rolname FROM pg_roles WHERE rolname IN (%s)" % names  # noqa: S608  quoted by value
