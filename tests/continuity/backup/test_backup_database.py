"""A real PostgreSQL: dumped while it is written to, restored whole into another one, compared row by row."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "roles" / "backup" / "files"))

from officine_backup import cluster
from officine_backup.database import Server, Session, fingerprint, program

pytestmark = [
    pytest.mark.skipif(
        not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("initdb") is None,
        reason="needs PostgreSQL",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="becomes the account postgres"),
]
TABLES = """
CREATE TABLE clients (id serial PRIMARY KEY, nom text, ne date, solde numeric(10, 2));
CREATE TABLE "Ordonnances" (id int, client int REFERENCES clients, texte text, image bytea, at timestamptz);
INSERT INTO clients (nom, ne, solde) SELECT 'Élodie n°' || n, date '1950-01-01' + n, n / 7.0 FROM generate_series(1, 2000) n;
INSERT INTO "Ordonnances" SELECT n, 1 + n % 2000, repeat('x', n % 50), decode(md5(n::text), 'hex'), now() FROM generate_series(1, 3000) n;
"""


@pytest.fixture
def lgo():
    """An LGO-like database on a server of its own."""
    with cluster.throwaway("postgres") as server:
        ask(server, "postgres", "CREATE DATABASE lgo")
        ask(server, "lgo", TABLES)
        yield server


def ask(server, name, statement):
    command = [program("psql"), *server.where(), "-d", name, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    who = pwd.getpwnam(server.user)
    return subprocess.run(
        [*command, "-f", "-"], input=statement, text=True, check=True, capture_output=True, cwd="/",
        user=who.pw_uid, group=who.pw_gid, extra_groups=[],
    ).stdout.strip()  # fmt: skip


def with_database(world, server):
    world.client_settings["databases"] = [
        {"name": "lgo", "port": server.port, "socket": server.socket, "user": server.user}
    ]
    world.save()


def test_a_whole_database_comes_back(world, lgo):
    with_database(world, lgo)
    assert world.client("run")["databases"] == ["lgo"]

    assert world.client("drill")["databases"] == {"lgo": 2}

    target = world.folder / "restored"
    world.client("restore", "--target", str(target), "--include", world.client_settings["state"] + "/staged")
    dump = next(target.rglob("lgo.dump"))
    assert dump.stat().st_mode & 0o077 == 0
    with cluster.throwaway("postgres") as other:
        cluster.restore(other, dump, "lgo")
        query = "SELECT count(*), sum(solde) FROM clients"
        assert ask(other, "lgo", query) == ask(lgo, "lgo", query)


def test_a_dump_is_of_one_moment_whatever_is_sold_meanwhile(world, lgo):
    with_database(world, lgo)
    command = [program("psql"), *lgo.where(), "-d", "lgo", "-q", "-X"]
    who = pwd.getpwnam("postgres")
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd="/", user=who.pw_uid,
                          group=who.pw_gid, stdout=subprocess.DEVNULL) as seller:  # fmt: skip
        sale = "INSERT INTO clients (nom, solde) SELECT 'vente', random(); UPDATE clients SET solde = solde + 1 WHERE id = 7;\n"
        process = world.popen("client", "run")
        count = 0
        while process.poll() is None:
            seller.stdin.write(sale)
            seller.stdin.flush()
            count += 1
        process.communicate()
        seller.stdin.close()
    assert process.returncode == 0
    assert count > 10

    assert world.client("drill")["databases"] == {"lgo": 2}


def test_a_restored_database_that_lacks_one_cent_is_seen():
    expected = {"public.clients": "2000:123", "public.o": "1:1"}
    with pytest.raises(Exception, match="database-differs"):
        cluster.compare(expected, {**expected, "public.clients": "2000:124"}, "lgo")
    with pytest.raises(Exception, match="database-differs"):
        cluster.compare(expected, {"public.clients": "2000:123"}, "lgo")


def test_the_fingerprint_sees_every_value(lgo):
    def now():
        session = Session(Server(lgo.port, lgo.socket, lgo.user), "lgo")
        try:
            return fingerprint(session)
        finally:
            session.close()

    before = now()
    ask(lgo, "lgo", "UPDATE clients SET solde = solde + 0.01 WHERE id = 1999")
    after = now()
    assert before['public."Ordonnances"'] == after['public."Ordonnances"']
    assert before["public.clients"] != after["public.clients"]


def test_a_database_that_is_not_there_stops_the_backup_and_says_so(world, lgo):
    with_database(world, lgo)
    world.client_settings["databases"][0]["name"] = "autre"
    world.save()

    problem = world.problem("client", "run")

    assert problem["code"] == "database"
    assert "autre" in problem["facts"]["reason"]
    assert not list((world.folder / "client/state/staged").glob("*.dump*"))


@pytest.mark.parametrize("kind", ["stopped", "not-installed"])
def test_a_server_that_is_not_running(world, lgo, kind):
    with_database(world, lgo)
    if kind == "stopped":
        world.client_settings["databases"][0]["socket"] = str(world.folder)
    else:
        world.client_settings["databases"][0]["user"] = "nobody-has-this-name"
    world.save()
    assert world.problem("client", "run")["code"] == ("database" if kind == "stopped" else "no-postgresql")
