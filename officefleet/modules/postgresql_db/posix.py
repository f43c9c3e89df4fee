"""postgresql_db on a POSIX host."""

from __future__ import annotations

import os
import shlex

from officefleet.agents import files, postgres
from officefleet.agents.kit import Context, Failed, need
from officefleet.modules.postgresql_db.plan import plan
from officefleet.modules.postgresql_db.plan import result as planned

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_QUERY = """SELECT d.datname AS name, r.rolname AS owner, pg_encoding_to_char(d.encoding) AS encoding,
 d.datcollate AS lc_collate, d.datctype AS lc_ctype, d.datconnlimit AS conn_limit, s.spcname AS tablespace,
 shobj_description(d.oid, 'pg_database') AS comment FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
 JOIN pg_tablespace s ON s.oid = d.dattablespace WHERE d.datname IN (%s)"""
_PACKERS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    names = [args["name"], *([args["target"]] if args["state"] == "rename" else [])]
    query = _QUERY % ", ".join(postgres.value(one) for one in names)
    found = {one["name"]: one for one in postgres.rows(query, args, context, args["maintenance_db"])}
    state = {"db": found.get(args["name"]), "target": args["state"] == "rename" and args["target"] in found}
    changes = plan(state, args)
    result: dict[str, Any] = {"changed": bool(changes), **planned(state, args, changes)}
    if context.diff:
        result["diff"] = {
            side: {name: found for change in changes for name, found in change[side].items()}
            for side in ("before", "after")
        }
    if context.check:
        return result
    for change in changes:
        if change["op"] == "sql":
            postgres.run(change["sql"] + ";", args, context, args["maintenance_db"])
        else:
            result.update(dump(args, context) if change["op"] == "dump" else restore(args, context))
    return result


def dump(args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Write the database to the target; the ending tells the format and how it is packed."""
    target = files.expand(args["target"])
    base, packer = _packer(target)
    words = [need("pg_dump")]
    words += {".tar": ["-F", "t"], ".pgc": ["-F", "c"], ".dir": ["-F", "d"]}.get(
        os.path.splitext(base)[1], []
    )
    if base.endswith(".dir"):
        words += ["-f", target]
    words += shlex.split(args["target_opts"]) + shlex.split(args["dump_extra_args"] or "")
    line = " ".join(shlex.quote(word) for word in words)
    if packer is not None:
        line += " | " + packer
    temporary = target + ".of-part"
    if not base.endswith(".dir"):
        line += " > " + shlex.quote(temporary)
    _shell(line, args, context, "dump")
    if not base.endswith(".dir"):
        os.rename(temporary, target)
    return {"executed_commands": [line]}


def restore(args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Read the target into the database."""
    target = files.expand(args["target"])
    if not os.path.exists(target):
        raise Failed("target %s does not exist" % target)
    base, packer = _packer(target)
    plain = os.path.splitext(base)[1] not in (".tar", ".pgc", ".dir")
    words = (
        [need("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        if plain
        else [need("pg_restore"), "-d", args["name"]]
    )
    words += shlex.split(args["target_opts"])
    if base.endswith(".dir"):
        words.append(target)
    line = " ".join(shlex.quote(word) for word in words)
    if packer is not None:
        line = "%s -dc %s | %s" % (packer, shlex.quote(target), line)
    elif not base.endswith(".dir"):
        line += " < " + shlex.quote(target)
    _shell(line, args, context, "restore")
    return {"executed_commands": [line]}


def _packer(target: str) -> tuple[str, str | None]:
    base, ending = os.path.splitext(target)
    return (base, need(_PACKERS[ending])) if ending in _PACKERS else (target, None)


def _shell(line: str, args: dict[str, Any], context: Context, what: str) -> None:
    """Run a pipe that fails when any part of it does."""
    done = context.run(
        "set -o pipefail; " + line, shell=need("bash"), env=postgres.environment(args, args["name"])
    )
    if done.rc != 0:
        raise Failed(
            "%s of database %s failed: %s" % (what, args["name"], done.err.strip()),
            rc=done.rc,
            stderr=done.err,
        )
