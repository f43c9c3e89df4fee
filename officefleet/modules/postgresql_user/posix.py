"""postgresql_user on a POSIX host."""

from __future__ import annotations

import re

from officefleet.agents import postgres
from officefleet.agents.kit import Context, Failed
from officefleet.modules.postgresql_user.plan import plan

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_QUERY = """SELECT r.*, shobj_description(r.oid, 'pg_authid') AS comment, {expires} AS expires
 FROM pg_roles r WHERE rolname = {name}"""
_SECRET = re.compile(r"PASSWORD\s+E?'(?:[^']|'')*'")
_SCRAM = re.compile(r"^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$")


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    database = args["login_db"] or "postgres"
    expires = "false"
    if args["expires"] is not None:
        wanted = "%s::timestamptz" % postgres.value(args["expires"])
        expires = "(rolvaliduntil IS NOT DISTINCT FROM %s)" % wanted
        if args["expires"].strip().lower() == "infinity":
            expires = "(coalesce(rolvaliduntil, 'infinity') = 'infinity')"
    query = _QUERY.format(expires=expires, name=postgres.value(args["name"]))
    found = postgres.rows(query, args, context, database)
    role = found[0] if found else None
    state = {"role": role, "expires": bool(role and role["expires"]), "fits": False}
    if role is not None and args["password"] is not None and not args["no_password_changes"]:
        state["fits"] = _fits(args, _stored(args, context, database))
    changes = plan(state, args)
    queries = [_SECRET.sub("PASSWORD '********'", change["sql"]) for change in changes]
    result: dict[str, Any] = {"changed": bool(changes), "user": args["name"], "queries": queries}
    if args["state"] == "absent":
        result["user_removed"] = bool(changes)
    if context.diff:
        result["diff"] = {
            side: {key: one for change in changes for key, one in change[side].items()}
            for side in ("before", "after")
        }
    if changes and not context.check:
        script = "".join(change["sql"] + ";\n" for change in changes)
        try:
            postgres.run("BEGIN;\n%sCOMMIT;\n" % script, args, context, database)
        except Failed:
            if args["state"] == "present" or args["fail_on_user"]:
                raise
            result.update(changed=False, user_removed=False)
    return result


def _stored(args: dict[str, Any], context: Context, database: str) -> str | None:
    role = postgres.value(args["name"])
    query = "SELECT rolpassword FROM pg_authid WHERE rolname = %s" % role  # noqa: S608  quoted by value
    found = postgres.rows(query, args, context, database)
    return found[0]["rolpassword"] if found else None


def _fits(args: dict[str, Any], stored: str | None) -> bool:
    """Return whether the server's hash is one of the password; RFC 5802 and 7677 for SCRAM."""
    import base64
    import hashlib
    import hmac

    password = args["password"]
    if not password or stored is None:
        return not password and stored is None
    if password == stored:
        return True
    if stored.startswith("md5"):
        digest = hashlib.md5((password + args["name"]).encode()).hexdigest()  # noqa: S324  the server's scheme
        return hmac.compare_digest("md5" + digest, stored)
    match = _SCRAM.match(stored)
    if match is None:
        return False
    rounds, salt, _key, server = match.groups()
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    found = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(found).decode(), server)
