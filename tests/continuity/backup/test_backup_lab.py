"""Backups of a pharmacy on the lab's real hosts: roles, timers, commands, a database, malware as root."""

import json
import time

import pytest

POSTE, OTHER, NAS = "o0421-comptoir-1", "o0421-comptoir-2", "o0421-nas-1"
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600), pytest.mark.xdist_group("lab")]
DATABASE = json.dumps({"backup_databases": [{"name": "lgo"}]})
TABLES = (
    "create table ventes (id int primary key, libelle text);"
    " insert into ventes select n, chr(200) || n from generate_series(1, 5000) n;"
)


def said(done):
    return done.stdout + done.stderr


@pytest.fixture
def backed_up(office):
    pushed = office("run", "playbooks/backup.yml", "-l", "officine_0421")
    assert pushed.returncode == 0, said(pushed)
    yield office
    if NAS not in office.lab.status().on:
        office.lab.start(NAS)


def test_backups_of_a_pharmacy(backed_up):
    office = backed_up
    again = office("run", "playbooks/backup.yml", "-l", "officine_0421")
    assert "0 changes" in again.stdout, said(again)

    done = office("backup", "run", "officine_0421")
    assert done.returncode == 0, said(done)
    drilled = office("backup", "drill", "officine_0421")
    assert drilled.returncode == 0, said(drilled)
    assert "files proven by checksum" in drilled.stdout
    pruned = office("backup", "prune", "officine_0421")
    assert pruned.returncode == 0, said(pruned)

    audited = office("backup", "audit", "officine_0421", "--json")
    assert audited.returncode == 2, said(audited)  # no disk was ever written
    verdict = json.loads(audited.stdout)["pharmacies"][0]
    assert verdict["copies"][0]["good"] is True
    assert time.time() - verdict["copies"][0]["newest"] < 300
    assert verdict["last_proven_restore"] is not None
    assert {one["kind"] for one in verdict["breaches"]} == {"stale", "not-3-2-1"}
    recorded = office("backup", "audit", "fleet")
    assert "officine_0421: 3-2-1 NOT met" in recorded.stdout
    assert "officine_0422: 3-2-1 NOT met" in recorded.stdout

    restored = office("backup", "restore", POSTE, "/srv/back-1", "--include", "/etc/officine/poste.json")
    assert restored.returncode == 0, said(restored)
    back = office.ssh(POSTE, "cmp /etc/officine/poste.json /srv/back-1/etc/officine/poste.json && echo same")
    assert back == "same"
    office.ssh(POSTE, "rm -rf /srv/back-1")

    for secret in (
        office.ssh(POSTE, "cat /etc/officine/backup/key"),
        office.ssh(NAS, "cat /etc/officine/backup/key"),
    ):
        assert len(secret) > 30
        for text in (said(done), said(drilled), said(audited), said(again)):
            assert secret not in text
        ledger = office.store.with_name("ledger.sqlite").read_bytes()
        assert secret.encode() not in ledger
        assert office.ssh(POSTE, "journalctl --no-pager | grep -c -F -f /etc/officine/backup/key") == "0"


def test_a_whole_database_in_the_lab(backed_up):
    office = backed_up
    installed = office.ssh(
        POSTE, "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-15 >/dev/null 2>&1; echo $?"
    )
    assert installed == "0"
    office.ssh(POSTE, "runuser -u postgres -- createdb lgo")
    office.ssh(POSTE, f'echo "{TABLES}" | runuser -u postgres -- psql -q lgo')
    pushed = office("run", "playbooks/backup.yml", "-l", f"{POSTE},{NAS}", "-e", DATABASE)
    assert pushed.returncode == 0, said(pushed)

    done = office("backup", "run", POSTE)
    assert done.returncode == 0, said(done)
    drilled = office("backup", "drill", POSTE)

    assert drilled.returncode == 0, said(drilled)
    assert "lgo (1 tables)" in drilled.stdout
    assert (
        office.ssh(POSTE, 'runuser -u postgres -- psql -qAt lgo -c "select count(*) from ventes"') == "5000"
    )
    assert (
        office.ssh(POSTE, "ls -d /tmp/officine-drill-* 2>/dev/null; pgrep -c -u postgres -f officine-drill")
        == "0"
    )


def test_the_nas_is_off(backed_up):
    office = backed_up
    office("backup", "run", POSTE)
    office("backup", "audit", "officine_0421")
    office.lab.kill(NAS)

    done = office("backup", "run", POSTE)
    assert done.returncode == 2, said(done)
    assert f"{POSTE}: the NAS does not answer: no backup was made" in done.stdout
    audited = office("backup", "audit", "officine_0421")
    assert audited.returncode == 2
    assert "not asked now" in audited.stdout
    office.lab.start(NAS)
    deadline = time.monotonic() + 60
    while office.ssh(NAS, "systemctl is-active officine-backup-server") != "active":
        assert time.monotonic() < deadline
        time.sleep(0.2)  # between two looks
    assert office("backup", "run", POSTE).returncode == 0


def test_malware_that_is_root_on_a_poste_cannot_delete_what_the_nas_holds(backed_up):
    office = backed_up
    assert office("backup", "run", POSTE).returncode == 0
    before = office.ssh(
        NAS, 'find /srv/officine/backup/repos -type f -not -path "*/locks/*" | sort | xargs sha256sum'
    )
    assert "/snapshots/" in before

    attack = (
        "U=$(sed s/^rest:// /etc/officine/backup/repository);"
        "export RESTIC_REPOSITORY_FILE=/etc/officine/backup/repository RESTIC_PASSWORD_FILE=/etc/officine/backup/key;"
        'timeout 6 restic --no-cache --cacert /etc/officine/backup/nas.crt forget latest 2>&1 | grep -o "403 Forbidden" | head -1'
    )
    assert office.ssh(POSTE, attack) == "403 Forbidden"

    after = office.ssh(
        NAS, 'find /srv/officine/backup/repos -type f -not -path "*/locks/*" | sort | xargs sha256sum'
    )
    assert after == before


def test_a_machine_that_was_never_set_up(office):
    office.ssh(OTHER, "mv /usr/local/sbin/officine-backup /root/ 2>/dev/null")
    try:
        done = office("backup", "run", OTHER)
        assert done.returncode == 2
        assert f"{OTHER}: backups were never set up" in done.stdout, said(done)
    finally:
        office.ssh(OTHER, "mv /root/officine-backup /usr/local/sbin/ 2>/dev/null")
