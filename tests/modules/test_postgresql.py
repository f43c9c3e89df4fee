"""The modules of community.postgresql against a real server of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., dict[str, Any]]

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = [
    pytest.mark.skipif(not PROGRAMS or shutil.which("psql") is None, reason="needs PostgreSQL"),
    pytest.mark.skipif(os.geteuid() != 0, reason="becomes the account postgres"),
]
PORT = 5499


@pytest.fixture(scope="module")
def login() -> Iterator[dict[str, Any]]:
    """Return the arguments that lead to a server that listens on a socket of its own only."""
    account = pwd.getpwnam("postgres")
    folder = Path(tempfile.mkdtemp(prefix="of-pg-", dir="/tmp"))
    os.chown(folder, account.pw_uid, account.pw_gid)

    def start(*words: str) -> None:
        subprocess.run(
            [str(PROGRAMS[-1].parent / words[0]), "-D", str(folder / "data"), *words[1:]],
            check=True, user=account.pw_uid, group=account.pw_gid, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip

    start("initdb", "-A", "trust", "--no-sync")
    options = f"-k {folder} -p {PORT} -c listen_addresses='' -c fsync=off"
    start("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
    yield {"login_unix_socket": str(folder), "port": PORT}
    start("pg_ctl", "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


def ask(login: dict[str, Any], sql: str, database: str = "postgres") -> str:
    words = [
        "psql",
        "-XqAt",
        "-h",
        login["login_unix_socket"],
        "-p",
        str(PORT),
        "-U",
        "postgres",
        "-d",
        database,
    ]
    return subprocess.run([*words, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()


def test_roles(converge: Run, login: dict[str, Any]) -> None:
    args = {**login, "name": 'l"go', "password": "it's \\ secret"}
    made = converge("postgresql_user", {**args, "role_attr_flags": "CREATEDB,NOSUPERUSER"})
    assert "secret" not in str(made)
    other = converge("postgresql_user", {**args, "password": "other", "conn_limit": 2, "comment": "a"})
    assert "other" not in str(other["queries"])
    converge(
        "postgresql_user",
        {**args, "password": "other", "expires": "2031-01-01", "configuration": {"work_mem": "5MB"}},
    )
    assert ask(login, "SELECT rolconnlimit, rolcreatedb FROM pg_roles WHERE rolname = 'l\"go'") == "2|t"
    assert converge("postgresql_user", {**args, "state": "absent"})["user_removed"] is True


def test_databases(converge: Run, run: Run, login: dict[str, Any], tmp_path: Path) -> None:
    args = {**login, "name": "lgo", "template": "template0", "encoding": "UTF8"}
    converge("postgresql_db", args)
    converge("postgresql_db", {**args, "conn_limit": "7", "comment": "the LGO's"})
    assert "not supported" in run("postgresql_db", {**args, "encoding": "LATIN1"})["msg"]
    ask(login, "CREATE TABLE t (a int); INSERT INTO t VALUES (5)", "lgo")
    for ending in ("sql", "sql.gz", "pgc"):
        target = str(tmp_path / f"dump.{ending}")
        assert run("postgresql_db", {**args, "state": "dump", "target": target})["changed"]
        again = {**login, "name": "again", "state": "restore", "target": target}
        assert run("postgresql_db", again)["changed"]
        assert ask(login, "SELECT a FROM t", "again") == "5"
        run("postgresql_db", {**login, "name": "again", "state": "absent", "force": True})
    converge("postgresql_db", {**login, "name": "lgo", "state": "rename", "target": "lgo2"})
    converge("postgresql_db", {**login, "name": "lgo2", "state": "absent"})


def test_a_restore_that_fails(run: Run, login: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "bad.sql").write_text("SELECT nothing FROM nowhere;\n")
    found = run(
        "postgresql_db", {**login, "name": "bad", "state": "restore", "target": str(tmp_path / "bad.sql")}
    )
    assert found["failed"]
    assert "nowhere" in found["msg"]


def test_privileges(converge: Run, run: Run, login: dict[str, Any]) -> None:
    for name in ("reader", "person"):
        run("postgresql_user", {**login, "name": name})
    run("postgresql_db", {**login, "name": "privs"})
    ask(login, "CREATE SCHEMA s; CREATE TABLE s.t (a int, b int); CREATE TABLE u (a int)", "privs")
    args = {**login, "login_db": "privs", "roles": "reader"}
    converge("postgresql_privs", {**args, "privs": "SELECT,INSERT", "objs": "t", "schema": "s"})
    converge("postgresql_privs", {**args, "privs": "UPDATE(a)", "objs": "t", "schema": "s"})
    converge("postgresql_privs", {**args, "privs": "SELECT", "objs": "ALL_IN_SCHEMA", "grant_option": True})
    converge("postgresql_privs", {**args, "privs": "SELECT", "objs": "ALL_IN_SCHEMA", "state": "absent"})
    converge("postgresql_privs", {**args, "privs": "CONNECT", "type": "database"})
    converge("postgresql_privs", {**args, "privs": "USAGE", "type": "schema", "objs": "s"})
    converge(
        "postgresql_privs",
        {**args, "privs": "SELECT", "type": "default_privs", "objs": "TABLES", "schema": "s"},
    )
    converge(
        "postgresql_privs",
        {**login, "login_db": "privs", "roles": "person", "type": "group", "objs": "reader"},
    )
    assert ask(login, "SELECT has_table_privilege('person', 's.t', 'INSERT')", "privs") == "t"
    assert (
        "does not exist"
        in run("postgresql_privs", {**args, "roles": "nobody", "privs": "ALL", "objs": "u"})["msg"]
    )
    ignored = run(
        "postgresql_privs", {**args, "roles": "nobody", "privs": "ALL", "objs": "u", "fail_on_role": False}
    )
    assert ignored["changed"] is False


def test_no_server(run: Run, tmp_path: Path) -> None:
    args = {"login_unix_socket": str(tmp_path), "name": "x"}
    assert run("postgresql_db", args)["msg"].startswith("unable to connect to database")
    assert run("postgresql_db", args, check=True)["undecidable"]
