"""Roles in the style of well-known public ones on real Debian hosts: checked, run, run again; and under ansible-core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.lab.lab import Lab

pytestmark = pytest.mark.lab

FOLDER = Path(__file__).parent / "public_style"
OURS, THEIRS = "o0421-secours-1", "o0421-comptoir-2"
COLLECTIONS = ("-e", '{"with_collections": true}')

# What a host's files are, as JSON: {path: [kind and mode, owner, group, digest or target]}. Left out is what differs
# between any two hosts: keys, dates of passwords, caches, backups.
SNAPSHOT = """
import grp, hashlib, json, os, pwd, stat
LEFT_OUT = {"/etc/shadow", "/etc/shadow-", "/etc/gshadow-", "/etc/passwd-", "/etc/group-", "/etc/.pwd.lock", "/etc/hostname",
            "/etc/machine-id", "/etc/hosts", "/etc/subuid-", "/etc/subgid-", "/etc/chrony/chrony.keys", "/etc/nginx/site.key",
            "/etc/ld.so.cache", "/etc/resolv.conf", "/etc/sudoers.d/avec"}
found = {}
for top in ("/etc", "/home", "/srv/www", "/var/spool/cron", "/usr/local"):
    for folder, folders, names in os.walk(top):
        for name in folders + names:
            path = os.path.join(folder, name)
            if path in LEFT_OUT or ".ansible" in path:
                continue
            status = os.lstat(path)
            content = ""
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as stream:
                    lines = [one for one in stream if not one.startswith(b"# (")]  # crontab writes dates there
                content = hashlib.sha256(b"".join(lines)).hexdigest()
            owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name
            found[path] = [stat.filemode(status.st_mode), owner, group, content]
print(json.dumps(found))
"""
STATE = "systemctl is-enabled nftables ssh chrony; systemctl is-active nftables ssh; nft list ruleset; id claire; id nils"


def call(lab: Lab, words: Sequence[str], text: str = "", **variables: str) -> str:
    done = subprocess.run(
        lab.command(words), env={**os.environ, **lab.environment(), **variables}, input=text, capture_output=True,
        text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


def address(lab: Lab, host: str) -> str:
    return str(lab.topology.hosts[host].address)


def on_host(lab: Lab, host: str, command: str, text: str = "") -> str:
    options = ["-F", "none", "-o", f"UserKnownHostsFile={lab.state.known_hosts}", "-o", "BatchMode=yes"]
    where = ["-i", str(lab.state.private_key), f"officefleet@{address(lab, host)}"]
    return call(lab, ["ssh", *options, *where, command], text)


def snapshot(lab: Lab, host: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(on_host(lab, host, "sudo python3 -", SNAPSHOT))
    return found


def inventory(lab: Lab, folder: Path, host: str) -> str:
    call(lab, ["officefleet", "trust", "officine_0421", "--yes", "--timeout", "2"])
    file = folder / f"{host}.ini"
    common = f"-F none -o UserKnownHostsFile={lab.state.known_hosts}"
    file.write_text(
        f"[officine]\nhost ansible_host={address(lab, host)} ansible_user=officefleet"
        f" ansible_ssh_private_key_file={lab.state.private_key} ansible_ssh_common_args='{common}'"
        " ansible_python_interpreter=/usr/bin/python3\n",
        encoding="utf-8",
    )
    return str(file)


def run(lab: Lab, hosts: str, playbook: Path, *options: str) -> dict[str, list[str]]:
    """Return {status: names of the tasks that ended so}."""
    words = ["officefleet", "run", "-i", hosts, str(playbook), "--no-ledger", "--output", "json", *options]
    found: dict[str, list[str]] = {}
    for line in call(lab, words).splitlines():
        event = json.loads(line)
        if event["event"] == "task_finished":
            found.setdefault(event["status"], []).append(event["task"])
    return found


def converges(lab: Lab, hosts: str, playbook: Path, *options: str) -> None:
    """Check mode fails nowhere, the run changes something, the second run and the check after it nothing."""
    predicted = run(lab, hosts, playbook, "--check", *options)
    assert predicted["changed"]
    assert not set(predicted) & {"failed", "unreachable"}
    assert run(lab, hosts, playbook, *options)["changed"]
    assert "changed" not in run(lab, hosts, playbook, *options)
    assert "changed" not in run(lab, hosts, playbook, "--check", *options)


def ansible(lab: Lab, hosts: str, *playbooks: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="of-") as short:  # a socket's path must be short
        call(
            lab,
            [str(Path(sys.executable).parent / "ansible-playbook"), "-i", hosts, *map(str, playbooks)],
            ANSIBLE_PIPELINING="1", ANSIBLE_HOME=short, ANSIBLE_SSH_CONTROL_PATH_DIR=short, LC_ALL="C.UTF-8",
            ANSIBLE_SSH_ARGS="-o ControlMaster=auto -o ControlPersist=5s", ANSIBLE_NOCOWS="1",
        )  # fmt: skip


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {path: after.get(path) for path in {*before, *after} if before.get(path) != after.get(path)}


@pytest.mark.differential
def test_public_roles_twice_and_as_under_ansible(systemd_lab: Lab, tmp_path: Path) -> None:
    lab = systemd_lab
    ours, theirs = inventory(lab, tmp_path, OURS), inventory(lab, tmp_path, THEIRS)
    before = {host: snapshot(lab, host) for host in (OURS, THEIRS)}
    run(lab, ours, FOLDER / "prepare.yml")
    converges(lab, ours, FOLDER / "site.yml")
    ansible(lab, theirs, FOLDER / "prepare.yml", FOLDER / "site.yml")
    made = {host: difference(before[host], snapshot(lab, host)) for host in (OURS, THEIRS)}
    assert len(made[OURS]) > 50
    assert made[OURS] == made[THEIRS]
    assert on_host(lab, OURS, f"sudo sh -c '{STATE}; true'") == on_host(
        lab, THEIRS, f"sudo sh -c '{STATE}; true'"
    )


def test_public_roles_with_collections_twice(systemd_lab: Lab, tmp_path: Path) -> None:
    hosts = inventory(systemd_lab, tmp_path, "o0421-nas-1")
    run(systemd_lab, hosts, FOLDER / "prepare.yml")
    converges(systemd_lab, hosts, FOLDER / "site.yml", *COLLECTIONS)
    assert "claire@siege" in on_host(systemd_lab, "o0421-nas-1", "sudo cat /home/claire/.ssh/authorized_keys")
    passwords = on_host(systemd_lab, "o0421-nas-1", "sudo cat /etc/nginx/passwords")
    assert passwords.count("$apr1$") == 2
    assert "only-a-test" not in passwords


def test_a_database_by_its_role_twice(systemd_lab: Lab, tmp_path: Path) -> None:
    hosts = inventory(systemd_lab, tmp_path, "o0421-nas-1")
    run(systemd_lab, hosts, FOLDER / "prepare.yml")
    converges(systemd_lab, hosts, FOLDER / "base.yml")
    asked = "sudo -u postgres psql -Atc \"select datname from pg_database where datname = 'lgo'; show max_connections\""
    assert on_host(systemd_lab, "o0421-nas-1", f"cd / && {asked}").split() == ["lgo", "40"]


def test_modules_that_change_the_system_twice(systemd_lab: Lab, tmp_path: Path) -> None:
    hosts = inventory(systemd_lab, tmp_path, "o0421-nas-1")
    converges(systemd_lab, hosts, FOLDER / "system.yml")
    told = on_host(
        systemd_lab,
        "o0421-nas-1",
        "readlink -f /usr/bin/officine-editor; dpkg-divert --list '*hostname*'; ls /etc/rc3.d; cat /run/officine-agent",
    )
    assert "/usr/bin/sensible-editor" in told
    assert "diversion of /usr/bin/hostname to /usr/bin/hostname.real" in told
    assert "S01officine-agent" in told
    assert told.rstrip().endswith("started")
