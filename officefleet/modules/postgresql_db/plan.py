"""What postgresql_db changes."""

from __future__ import annotations

from officefleet.agents.kit import Failed
from officefleet.agents.postgres import name, value

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_FIXED = {"encoding": "encoding", "lc_collate": "lc_collate", "lc_ctype": "lc_ctype"}


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"db": what the server knows of the database or None, "target": whether the new name is taken}."""
    there, wanted = state["db"], args["state"]
    if wanted == "present":
        return _create(args) if there is None else _alter(there, args)
    if wanted == "absent":
        if there is None:
            return []
        end = " WITH (FORCE)" if args["force"] else ""
        return [
            _sql(
                args,
                "DROP DATABASE %s%s" % (name(args["name"]), end),
                {"state": "present"},
                {"state": "absent"},
            )
        ]
    if wanted == "rename":
        return _rename(state, args)
    if wanted == "dump" and there is None:
        raise Failed("Source database %s does not exist" % args["name"])
    changes = _create(args) if there is None else []
    return [
        *changes,
        {
            "op": wanted,
            "path": args["target"],
            "db": args["name"],
            "before": {},
            "after": {wanted: args["target"]},
        },
    ]


def _sql(args: dict[str, Any], text: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"op": "sql", "path": args["name"], "sql": text, "before": before, "after": after}


def _create(args: dict[str, Any]) -> list[dict[str, Any]]:
    words = ["CREATE DATABASE", name(args["name"])]
    for option, keyword, quote in (
        ("owner", "OWNER", name), ("template", "TEMPLATE", name), ("encoding", "ENCODING", value),
        ("lc_collate", "LC_COLLATE", value), ("lc_ctype", "LC_CTYPE", value), ("icu_locale", "ICU_LOCALE", value),
        ("locale_provider", "LOCALE_PROVIDER", name), ("tablespace", "TABLESPACE", name),
    ):  # fmt: skip
        if args[option]:
            words += [keyword, quote(args[option])]
    if args["conn_limit"]:
        words += ["CONNECTION LIMIT", str(int(args["conn_limit"]))]
    changes = [_sql(args, " ".join(words), {"state": "absent"}, {"state": "present"})]
    return changes + _comment(None, args)


def _comment(now: str | None, args: dict[str, Any]) -> list[dict[str, Any]]:
    if args["comment"] is None or args["comment"] == (now or ""):
        return []
    text = "COMMENT ON DATABASE %s IS %s" % (name(args["name"]), value(args["comment"]))
    return [_sql(args, text, {"comment": now or ""}, {"comment": args["comment"]})]


def _alter(there: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    for option, field in _FIXED.items():
        have, wanted = there[field], args[option]
        if wanted and (have.upper().replace("-", "") if option == "encoding" else have) != (
            wanted.upper().replace("-", "") if option == "encoding" else wanted
        ):
            what = "database encoding" if option == "encoding" else option.upper()
            raise Failed("Changing %s is not supported. Current %s: %s" % (what, option, have))
    changes = []
    target = "ALTER DATABASE %s " % name(args["name"])
    if args["owner"] and args["owner"] != there["owner"]:
        text = target + "OWNER TO " + name(args["owner"])
        changes.append(_sql(args, text, {"owner": there["owner"]}, {"owner": args["owner"]}))
    if args["conn_limit"] and int(args["conn_limit"]) != there["conn_limit"]:
        text = target + "CONNECTION LIMIT %d" % int(args["conn_limit"])
        changes.append(
            _sql(args, text, {"conn_limit": there["conn_limit"]}, {"conn_limit": int(args["conn_limit"])})
        )
    if args["tablespace"] and args["tablespace"] != there["tablespace"]:
        text = target + "SET TABLESPACE " + name(args["tablespace"])
        changes.append(
            _sql(args, text, {"tablespace": there["tablespace"]}, {"tablespace": args["tablespace"]})
        )
    return changes + _comment(there["comment"], args)


def _rename(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if state["db"] is None and state["target"]:
        return []  # it has happened before
    if state["db"] is None:
        raise Failed("Source database %s does not exist" % args["name"])
    if state["target"]:
        raise Failed("Both the source and the target databases exist. Unable to rename %s" % args["name"])
    text = "ALTER DATABASE %s RENAME TO %s" % (name(args["name"]), name(args["target"]))
    return [_sql(args, text, {"name": args["name"]}, {"name": args["target"]})]


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "db": args["name"],
        "executed_commands": [change["sql"] for change in changes if change["op"] == "sql"],
    }
