"""user and group on a real host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Host

pytestmark = pytest.mark.lab

CHOSEN = frozenset({"uid", "group", "gid", "ssh_public_key", "ssh_fingerprint"})  # what the host decides


def test_a_group_comes_changes_and_goes(host: Host) -> None:
    made = host.converge("group", {"name": "scan", "system": True}, unknowable=CHOSEN)
    assert made["changed"] is True
    assert str(made["gid"]) == host.sh("getent group scan | cut -d: -f3")
    moved = host.converge("group", {"name": "scan", "gid": 4850})
    assert moved["gid"] == 4850
    assert moved["diff"] == {"before": {"gid": made["gid"]}, "after": {"gid": 4850}}
    host.converge("group", {"name": "scan", "state": "absent"})
    assert host.sh("getent group scan || echo gone") == "gone"


def test_a_user_comes_changes_and_goes(host: Host) -> None:
    host.run("group", {"name": "lecteurs"})
    made = host.converge(
        "user", {"name": "poste1", "comment": "Poste, n° 1", "groups": ["lecteurs"], "shell": "/bin/bash"},
        unknowable=CHOSEN,
    )  # fmt: skip
    assert made["home"] == "/home/poste1"
    assert host.sh("id -nG poste1") == "poste1 lecteurs"
    assert host.sh("getent passwd poste1 | cut -d: -f5-") == "Poste, n° 1:/home/poste1:/bin/bash"
    assert host.sh("stat -c %U /home/poste1") == "poste1"
    host.run("group", {"name": "imprimantes"})
    host.converge("user", {"name": "poste1", "groups": "imprimantes", "append": True})
    assert set(host.sh("id -nG poste1").split()) == {"poste1", "lecteurs", "imprimantes"}
    host.converge("user", {"name": "poste1", "groups": ""})
    assert host.sh("id -nG poste1") == "poste1"
    args = {"name": "poste1", "uid": 4901, "home": "/srv/poste1", "move_home": True, "shell": "/bin/sh"}
    moved = host.converge("user", args | {"expires": 1893456000, "password_expire_max": 90})
    assert moved["uid"] == 4901
    assert host.sh("ls -d /srv/poste1 /home/poste1 2>/dev/null || true") == "/srv/poste1"
    assert host.sh("getent shadow poste1 | cut -d: -f5,8") == "90:21915"
    host.converge("user", {"name": "poste1", "expires": -1})
    assert host.sh("getent shadow poste1 | cut -d: -f8") == ""
    host.sh("rm -r /srv/poste1")
    host.converge("user", {"name": "poste1", "umask": "027"})
    assert host.sh("stat -c '%U %a' /srv/poste1") == "poste1 750"
    host.converge("user", {"name": "poste1", "state": "absent", "remove": True})
    assert host.sh("getent passwd poste1 || ls -d /srv/poste1 2>/dev/null || echo gone") == "gone"


def test_passwords_lock_and_unlock_and_never_show(host: Host) -> None:
    words = host.sh(
        "python3 -c \"import crypt; print(crypt.crypt('secret', crypt.METHOD_SHA512))\" 2>/dev/null"
    )
    args = {"name": "poste2", "password": words}
    made = host.converge("user", args, unknowable=CHOSEN)
    assert made["password"] == "NOT_LOGGING_PASSWORD"
    assert words not in str(made)
    shadow = "getent shadow poste2 | cut -d: -f2"
    assert host.sh(shadow) == words
    host.converge("user", {"name": "poste2", "password_lock": True})
    assert host.sh(shadow) == "!" + words
    host.converge("user", args)
    assert host.sh(shadow) == "!" + words
    unlocked = host.converge("user", {"name": "poste2", "password_lock": False})
    assert unlocked["diff"] == {"before": {"password": "locked"}, "after": {"password": "unlocked"}}
    assert host.sh(shadow) == words
    changed = host.converge("user", {"name": "poste2", "password": "*"})
    assert host.sh(shadow) == "*"
    assert words not in str(changed)
    host.converge("user", {"name": "poste2", "state": "absent", "remove": True, "force": True})


def test_a_group_of_the_users_name_and_one_that_is_missing(host: Host) -> None:
    host.run("group", {"name": "poste3"})
    host.converge("user", {"name": "poste3", "create_home": False, "system": True}, unknowable=CHOSEN)
    assert host.sh("id -gn poste3") == "users"
    assert host.sh("ls -d /home/poste3 2>/dev/null || echo none") == "none"
    missing = {"name": "poste3", "groups": ["no-such-group"]}
    assert "no-such-group" in host.run("user", missing)["msg"]
    assert host.run("user", missing, check=True)["undecidable"] is True


@pytest.mark.parametrize("passphrase", [None, "it's a $ecret"])
def test_keys(host: Host, passphrase: str | None) -> None:
    args = {"name": "poste4", "generate_ssh_key": True, "ssh_key_type": "ed25519", "ssh_key_comment": "cle"}
    args |= {"ssh_key_file": f".ssh/id_{passphrase is None}", "ssh_key_passphrase": passphrase}
    made = host.converge("user", args, unknowable=CHOSEN)
    path = made["ssh_key_file"]
    assert path == f"/home/poste4/.ssh/id_{passphrase is None}"
    assert made["ssh_public_key"].split()[::2] == ["ssh-ed25519", "cle"]
    assert "ED25519" in made["ssh_fingerprint"]
    assert host.sh(f"stat -c '%U %a' {path}") == "poste4 600"
    opened = host.run("command", {"argv": ["ssh-keygen", "-y", "-P", passphrase or "", "-f", path]})
    assert opened["stdout"].split()[1] == made["ssh_public_key"].split()[1]
    assert host.sh("ls -A /home/poste4/.ssh | grep -c of- || true") == "0"
