"""A throwaway PostgreSQL: made for one proof, reachable by one socket, removed with all that is in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from officine_backup.database import Server, Session, as_account, fingerprint, must, program
from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

_PORT = 5499  # only part of the socket's name: nothing listens on the network


@contextlib.contextmanager
def throwaway(user: str) -> Iterator[Server]:
    """Yield a running, empty server that belongs to an account.

    Raises:
        BackupProblem: PostgreSQL is not installed, or it does not start.

    """
    account = as_account(user)
    folder = Path(tempfile.mkdtemp(prefix="officine-drill-"))  # short: a socket's path has 107 bytes at most
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        data = folder / "data"
        make = [
            program("initdb"),
            "-D",
            str(data),
            "-U",
            user,
            "-A",
            "peer",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        ]
        must(subprocess.run(make, capture_output=True, check=False, **account), "initdb")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c port={_PORT} -c fsync=off"
        control = [program("pg_ctl"), "-D", str(data), "-w", "-t", "60", "-l", str(folder / "log")]
        started = subprocess.run([*control, "-o", options, "start"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, **account)  # fmt: skip
        must(started, "pg_ctl")
        try:
            yield Server(_PORT, str(folder), user)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, check=False, **account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restore(server: Server, dump: Path, name: str) -> dict[str, str]:
    """Restore a dump whole into a new database; return its fingerprint.

    Raises:
        BackupProblem: it cannot be.

    """
    account = as_account(server.user)
    where = server.where()
    must(
        subprocess.run([program("createdb"), *where, "-T", "template0", name], capture_output=True, check=False,
                       **account), name)  # fmt: skip
    command = [program("pg_restore"), *where, "-d", name, "--exit-on-error", "--no-owner", "--no-privileges"]
    with dump.open("rb") as file:  # opened by us: the account may not read where it lies
        must(subprocess.run(command, stdin=file, capture_output=True, check=False, **account), name)
    session = Session(server, name)
    try:
        return fingerprint(session)
    finally:
        session.close()


def compare(expected: dict[str, str], found: dict[str, str], name: str) -> int:
    """Compare two fingerprints; return how many tables are the same.

    Raises:
        BackupProblem: a table differs, or is missing.

    """
    differing = [table for table in sorted({*expected, *found}) if expected.get(table) != found.get(table)]
    if differing:
        raise BackupProblem("database-differs", name=name, tables=", ".join(differing[:5]))
    return len(expected)
