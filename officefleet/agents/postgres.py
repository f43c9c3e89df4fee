"""Talking to a PostgreSQL server through psql. Standard library only.

Names and values are quoted as https://www.postgresql.org/docs/current/sql-syntax-lexical.html wants; passwords go through the
environment and standard input, never through the words of a process.
"""

from __future__ import annotations

from officefleet.agents.kit import Context, Failed, Undecidable, which

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PARAMETERS = {"sslmode": "ssl_mode", "sslrootcert": "ca_cert", "sslcert": "ssl_cert", "sslkey": "ssl_key"}


def name(text: str) -> str:
    """Return an identifier between its quotes."""
    return '"%s"' % text.replace('"', '""')


def value(text: object) -> str:
    """Return a text as an SQL literal that no setting of the server reads otherwise."""
    plain = str(text)
    if "\\" in plain:
        return " E'%s'" % plain.replace("\\", "\\\\").replace("'", "''")
    return "'%s'" % plain.replace("'", "''")


def environment(args: Mapping[str, Any], database: str) -> dict[str, str]:
    """Return libpq's variables for a login."""
    found = {
        "PGDATABASE": database, "PGUSER": args["login_user"], "PGPORT": str(args["port"]),
        "PGCONNECT_TIMEOUT": "30", "PGCLIENTENCODING": "UTF8", "PGAPPNAME": "officefleet",
    }  # fmt: skip
    host = args["login_unix_socket"] or args["login_host"]
    if host and host != "localhost":
        found["PGHOST"] = host
    elif args["login_host"] == "localhost" and not args["login_unix_socket"]:
        found["PGHOST"] = "localhost"
    if args["login_password"]:
        found["PGPASSWORD"] = args["login_password"]
    for variable, field in _PARAMETERS.items():
        if args[field]:
            found["PG" + variable.upper()] = str(args[field])
    for parameter, given in args["connect_params"].items():
        found["PG" + parameter.upper()] = str(given)
    return found


def run(sql: str, args: Mapping[str, Any], context: Context, database: str) -> str:
    """Run statements and return what they print, one row a line, fields parted by tabs.

    Raises:
        Failed: no client, no server, or the server refuses.
        Undecidable: in check mode there is no client or server yet.

    """
    program = which("psql")
    if program is None:
        if context.check:
            raise Undecidable("PostgreSQL's client is not installed yet; an earlier task may bring it")
        raise Failed("required program not found on the host: psql (package postgresql-client)")
    if args["session_role"]:
        sql = "SET ROLE %s;\n%s" % (name(args["session_role"]), sql)
    words = [program, "-X", "-q", "-A", "-t", "-F", "\t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    done = context.run(words, stdin=sql, parse=True, env=environment(args, database))
    if done.rc == 0:
        return done.out
    text = done.err.strip().replace("psql:<stdin>:", "line ")
    if "connection to server" in text or "could not connect" in text:
        if context.check and ("No such file" in text or "refused" in text):
            raise Undecidable("the server does not answer yet: %s" % text)
        raise Failed("unable to connect to database: %s" % text)
    raise Failed("Database query failed: %s" % text)


def rows(query: str, args: Mapping[str, Any], context: Context, database: str) -> list[dict[str, Any]]:
    """Return a query's rows as mappings."""
    import json

    wrapped = "SELECT coalesce(json_agg(t), '[]') FROM (%s) t;" % query  # noqa: S608  the callers quote
    out = run(wrapped, args, context, database)
    found: list[dict[str, Any]] = json.loads(out)
    return found
