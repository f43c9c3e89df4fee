"""postgresql_privs on a POSIX host."""

from __future__ import annotations

from officefleet.agents import postgres
from officefleet.modules.postgresql_privs.plan import plan, roles_query

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context

# what is compared before and after: the whole catalogue of a type, so that no name has to be parsed a second time
_LISTS = {
    "database": "SELECT oid, datacl::text FROM pg_database ORDER BY oid",
    "schema": "SELECT oid, nspacl::text FROM pg_namespace ORDER BY oid",
    "table": "SELECT oid, relacl::text, (SELECT string_agg(attname || coalesce(attacl::text, ''), ',' ORDER BY attnum)"
             " FROM pg_attribute WHERE attrelid = c.oid) FROM pg_class c WHERE relkind IN ('r', 'v', 'm', 'p', 'f')"
             " ORDER BY oid",
    "sequence": "SELECT oid, relacl::text FROM pg_class WHERE relkind = 'S' ORDER BY oid",
    "function": "SELECT oid, proacl::text FROM pg_proc ORDER BY oid",
    "language": "SELECT oid, lanacl::text FROM pg_language ORDER BY oid",
    "tablespace": "SELECT oid, spcacl::text FROM pg_tablespace ORDER BY oid",
    "type": "SELECT oid, typacl::text FROM pg_type ORDER BY oid",
    "foreign_data_wrapper": "SELECT oid, fdwacl::text FROM pg_foreign_data_wrapper ORDER BY oid",
    "foreign_server": "SELECT oid, srvacl::text FROM pg_foreign_server ORDER BY oid",
    "parameter": "SELECT oid, paracl::text FROM pg_parameter_acl ORDER BY oid",
    "group": "SELECT roleid, member, admin_option FROM pg_auth_members ORDER BY 1, 2",
    "default_privs": "SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3",
}  # fmt: skip


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    args = dict(args, login_password=args["login_password"] or args["password"])
    database = args["login_db"]
    known = postgres.rows(roles_query(args), args, context, database)
    changes = plan({"roles": [one["rolname"] for one in known]}, args)
    queries = [change["sql"] + ";" for change in changes]
    result: dict[str, Any] = {"changed": False, "queries": queries}
    missing = set(args["roles"]) - {one["rolname"] for one in known} - {"PUBLIC", "public"}
    if missing and not args["fail_on_role"]:
        result["warnings"] = ["Role %s does not exist, nothing to do for it" % one for one in sorted(missing)]
    if not changes:
        return result
    shown = _LISTS["function" if args["type"] == "procedure" else args["type"]]
    count = "SELECT '--%s--', coalesce(md5(json_agg(t)::text), '') FROM (" + shown + ") t;"  # noqa: S608  constants
    script = ["BEGIN", count % "before", *(query[:-1] for query in queries), count % "after"]
    text = ";\n".join(part.rstrip(";") for part in script)
    out = postgres.run(
        text + ";\n%s;\n" % ("ROLLBACK" if context.check else "COMMIT"), args, context, database
    )
    digests = [line.partition("\t")[2] for line in out.splitlines() if line.startswith("--")]
    result["changed"] = len(set(digests)) > 1
    return result
