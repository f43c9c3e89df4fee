"""htpasswd, cronvar, acl, mount_facts, alternatives and dpkg_divert on this machine's files and private databases."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents import passwords

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("password", "found"),
    [  # written by Apache's own htpasswd 2.4
        (
            "secret pass",
            "$apr1$hD1Yw2wX$" + passwords.md5_crypt("secret pass", "hD1Yw2wX", "$apr1$").split("$")[3],
        ),
        ("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"),
        ("myPassword", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="),
        ("plain", "plain"),
    ],
)
def test_hashes(password: str, found: str) -> None:
    assert passwords.fits(password, found)
    assert not passwords.fits(password + "x", found)


@pytest.mark.parametrize("scheme", ["apr_md5_crypt", "md5_crypt", "ldap_sha1", "plaintext"])
def test_htpasswd(converge: Run, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "passwords"
    path.write_text("other:x")
    hidden = {"size"}
    args = {"path": str(path), "name": "titulaire", "password": "chut", "hash_scheme": scheme}
    converge("htpasswd", args, ignore=hidden)
    converge("htpasswd", {**args, "password": "autre", "mode": "0600"}, ignore=hidden)
    name, _colon, found = path.read_text().splitlines()[1].partition(":")
    assert (name, passwords.fits("autre", found)) == ("titulaire", True)
    result = converge("htpasswd", {"path": str(path), "name": "titulaire", "state": "absent"})
    assert result["msg"] == "Remove titulaire"
    assert path.read_text() == "other:x\n"


def test_what_apache_reads(run: Run, tmp_path: Path) -> None:
    program = shutil.which("htpasswd")
    if program is None:
        pytest.skip("needs apache2-utils")
    for scheme in ("apr_md5_crypt", "ldap_sha1"):
        run(
            "htpasswd",
            {"path": str(tmp_path / scheme), "name": "a", "password": "chut", "hash_scheme": scheme},
        )
        subprocess.run([program, "-vb", str(tmp_path / scheme), "a", "chut"], check=True, capture_output=True)


def test_cronvar(converge: Run, tmp_path: Path) -> None:
    path = tmp_path / "cron"
    path.write_text("0 1 * * * root true\n")
    args = {"cron_file": str(path), "name": "MAILTO", "value": "it@x.example"}
    converge("cronvar", args)
    converge("cronvar", {**args, "name": "HOME", "value": "/opt/a b", "insertafter": "MAILTO"})
    assert path.read_text() == 'MAILTO=it@x.example\nHOME="/opt/a b"\n0 1 * * * root true\n'
    converge("cronvar", {"cron_file": str(path), "name": "MAILTO", "state": "absent"})


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="needs acl")
def test_acl(converge: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").touch()
    args = {"path": str(tmp_path / "d"), "entity": "daemon", "etype": "user"}
    first = run("acl", {**args, "permissions": "rw", "state": "present"})
    if "not supported" in str(first.get("msg")):
        pytest.skip("no lists on this file system")
    assert "user:daemon:rw-" in first["acl"]
    converge("acl", {**args, "permissions": "rX", "state": "present", "recursive": True}, ignore={"acl"})
    converge(
        "acl",
        {"path": str(tmp_path / "d"), "entry": "default:group:daemon:rwx", "state": "present"},
        ignore={"acl"},
    )
    converge("acl", {**args, "state": "absent"}, ignore={"acl"})
    assert "user:daemon:r--" in run("acl", {"path": str(tmp_path / "d" / "file")})["acl"]
    assert run("acl", {"path": str(tmp_path / "none")})["msg"] == "Path not found or not accessible."


def test_mount_facts(run: Run) -> None:
    found = run("mount_facts", {"sources": ["/proc/mounts"], "timeout": 10})["ansible_facts"]
    root = found["mount_points"]["/"]
    assert root["size_total"] > 0
    assert root["ansible_context"]["source"] == "/proc/mounts"
    assert found["aggregate_mounts"] == []
    assert run("mount_facts", {"fstypes": ["nothing"]})["ansible_facts"]["mount_points"] == {}
    every = run("mount_facts", {"include_aggregate_mounts": True, "sources": ["mount", "dynamic"]})[
        "ansible_facts"
    ]
    assert len(every["aggregate_mounts"]) >= len(every["mount_points"])


@pytest.mark.skipif(shutil.which("update-alternatives") is None, reason="needs Debian's dpkg")
def test_alternatives_and_diversions_read_this_machine(run: Run) -> None:
    name = next(iter(Path("/var/lib/dpkg/alternatives").iterdir()), None)
    if name is None:
        pytest.skip("nothing to choose from here")
    link = Path("/etc/alternatives", name.name)
    found = run("alternatives", {"name": name.name, "path": str(link.readlink())}, check=True)
    assert found["changed"] is False
    diverted = run("dpkg_divert", {"path": "/etc/officefleet-nothing"}, check=True)
    assert diverted["diversion"]["divert"] == "/etc/officefleet-nothing.distrib"
    assert not Path("/etc/officefleet-nothing.distrib").exists()
