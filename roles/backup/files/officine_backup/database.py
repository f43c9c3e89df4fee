"""PostgreSQL: a dump and, of the very same moment, a fingerprint of every table.

The snapshot that `pg_dump --snapshot` reads is exported by the transaction that takes the fingerprint
(https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION), so the two agree
whatever is sold meanwhile. Tables are compared by count and by the sum of their rows' hashes, in any order.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from officine_backup.problem import BackupProblem

_TABLES = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND n.nspname !~ '^pg_'"
    " AND n.nspname <> 'information_schema' ORDER BY 1"
)
_SAME_TEXT = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET bytea_output = 'hex'; SET extra_float_digits = 1;"
)
_END = "officine-end"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on this machine.

    Attributes:
        socket: folder of its socket, "" for PostgreSQL's own choice.
        user: its superuser, and the account of the system that may be it.

    """

    port: int = 5432
    socket: str = ""
    user: str = "postgres"

    @staticmethod
    def of(entry: dict[str, Any]) -> Server:
        """Return the server that an entry of the settings names."""
        return Server(
            int(entry.get("port") or 5432),
            str(entry.get("socket") or ""),
            str(entry.get("user") or "postgres"),
        )

    def where(self) -> list[str]:
        """Return the options that every program of PostgreSQL takes."""
        host = ["-h", self.socket] if self.socket else []
        return ["-p", str(self.port), "-U", self.user, *host]


def program(name: str) -> str:
    """Return the newest of PostgreSQL's programs of that name; Debian keeps servers' ones off the path.

    Raises:
        BackupProblem: PostgreSQL is not installed.

    """

    def version(path: Path) -> tuple[int, ...]:
        return tuple(int(part) for part in path.parts[4].split(".") if part.isdigit())

    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=version)
    if found:
        return str(found[-1])
    other = shutil.which(name)
    if other is None:
        raise BackupProblem("no-postgresql", program=name)
    return other


def as_account(user: str) -> dict[str, Any]:
    """Return what lets a child run as an account; PostgreSQL lets the account of a name be the role of that name.

    Raises:
        BackupProblem: there is no such account.

    """
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise BackupProblem("no-postgresql", program=user) from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/", "umask": 0o077}


class Session:
    """One psql that stays open, so that a transaction does."""

    def __init__(self, server: Server, name: str) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [program("psql"), *server.where(), "-d", name, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **as_account(server.user),
        )

    def ask(self, statement: str) -> list[str]:
        """Return the rows of an answer.

        Raises:
            BackupProblem: PostgreSQL refuses.

        """
        if self._process.stdin is None or self._process.stdout is None:
            return []
        rows: list[str] = []
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{statement};\n\\echo {_END}\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            if line.rstrip("\n") == _END:
                return rows
            rows.append(line.rstrip("\n"))
        raise BackupProblem("database", name=self._name, reason=(rows or [""])[0][:200])

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._process.communicate("", timeout=10)
        self._process.kill()
        self._process.wait()


def fingerprint(session: Session) -> dict[str, str]:
    """Return each table's count and hash: ``{"public.clients": "1204:-8812…"}``."""
    session.ask(_SAME_TEXT)
    found = {}
    for table in session.ask(_TABLES):
        query = f"SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t"  # noqa: S608  format('%I.%I') quoted it
        found[table] = session.ask(query)[0]
    return found


def dump(server: Server, name: str, target: Path) -> dict[str, Any]:
    """Dump a database into a file of pg_dump's custom format, whole or not at all; return its proof.

    Raises:
        BackupProblem: PostgreSQL is not there or refuses, or the disk is full.

    """
    new = target.with_name(target.name + ".new")
    session = Session(server, name)
    try:
        session.ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        exported = session.ask("SELECT pg_export_snapshot()")[0]
        command = [
            program("pg_dump"),
            *server.where(),
            "-d",
            name,
            "-Fc",
            "-Z",
            "0",
            f"--snapshot={exported}",
        ]
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            account = as_account(server.user)
            done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False, **account)
            os.fsync(file.fileno())
        must(done, name)
        proof = {
            "name": name,
            "user": server.user,
            "tables": fingerprint(session),
            "version": session.ask("SHOW server_version")[0],
        }
        new.replace(target)
    except OSError as error:
        raise BackupProblem("dump-disk", path=str(target.parent), reason=error.strerror or "") from None
    finally:
        session.close()
        new.unlink(missing_ok=True)  # half a dump is none
    return proof


def must(done: subprocess.CompletedProcess[bytes], name: str) -> None:
    """Check that a program of PostgreSQL did what it was asked.

    Raises:
        BackupProblem: it says why not.

    """
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        if "No space left" in said:
            raise BackupProblem("dump-disk", path=name, reason="No space left on device")
        raise BackupProblem("database", name=name, reason=said.splitlines()[0][:200] if said else "")
