"""apt on a real host, from a repository that the test makes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Host

pytestmark = pytest.mark.lab

TEXTS = frozenset({"stdout", "stdout_lines", "stderr", "stderr_lines", "cache_update_time"})

REPOSITORY = r"""
set -e
mkdir -p /srv/depot
cd /srv/depot
index() {
  : > Packages
  for file in *.deb; do
    dpkg-deb --field "$file" >> Packages
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" \
      "$(sha256sum "$file" | cut -d' ' -f1)" >> Packages
  done
}
make() {
  rm -rf tree; mkdir -p tree/DEBIAN tree/etc
  echo "$2" > "tree/etc/$1.conf"
  echo "/etc/$1.conf" > tree/DEBIAN/conffiles
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Test <t@example.org>\n%sDescription: test\n' \
    "$1" "$2" "${3:+$3
}" > tree/DEBIAN/control
  dpkg-deb --build --root-owner-group tree "$1_$2_all.deb" > /dev/null
  rm -rf tree
}
"""


@pytest.fixture(scope="module")
def repository(host: Host) -> Iterator[Host]:
    """Yield the host with packages of-pilote 1.0 (needs of-base) and of-base 1.0 to be had from its own disk."""
    host.sh(
        REPOSITORY + "mkdir -p /srv/sources; mv /etc/apt/sources.list* /srv/sources/ 2>/dev/null || true\n"
        "make of-base 1.0; make of-pilote 1.0 'Depends: of-base'; index\n"
        "mkdir -p /etc/apt/sources.list.d\n"
        "echo 'deb [trusted=yes] file:/srv/depot ./' > /etc/apt/sources.list.d/depot.list"
    )
    yield host
    host.sh("test ! -s /tmp/holder || kill $(cat /tmp/holder) || true")  # a test that failed half-way
    host.run("apt", {"name": ["of-pilote", "of-base"], "state": "absent", "purge": True})
    host.sh("rm -rf /srv/depot /etc/apt/sources.list.d; mv /srv/sources/* /etc/apt/; rmdir /srv/sources")


def test_a_package_comes_is_upgraded_and_goes(repository: Host) -> None:
    host = repository
    unknown = host.run("apt", {"name": "of-pilote", "update_cache": True}, check=True)
    assert unknown["undecidable"] is True
    fetched = host.run("apt", {"update_cache": True})
    assert (fetched["changed"], fetched["cache_updated"]) == (True, True)
    assert host.run("apt", {"cache_valid_time": 3600})["cache_updated"] is False
    made = host.converge("apt", {"name": "of-pilote"}, unknowable=TEXTS)
    assert made["changed"] is True
    assert made["diff"] == {"before": "", "after": "of-base 1.0\nof-pilote 1.0\n"}
    assert host.sh("cat /etc/of-pilote.conf") == "1.0"

    host.sh(REPOSITORY + "make of-pilote 1.1 'Depends: of-base'; index")
    assert host.run("apt", {"update_cache": True, "name": "of-pilote>=1.1"})["changed"] is True
    assert "No package" in host.run("apt", {"name": "of-pilote>=1.2"})["msg"]
    assert host.sh("dpkg-query -W -f '${Version}' of-pilote") == "1.1"
    host.sh(REPOSITORY + "make of-base 2.0; index; apt-get -qq update")
    newer = host.converge("apt", {"name": "of-*", "state": "latest"}, unknowable=TEXTS)
    assert newer["diff"] == {"before": "of-base 1.0\n", "after": "of-base 2.0\n"}
    older = host.converge("apt", {"name": "of-base=1.*", "allow_downgrade": True}, unknowable=TEXTS)
    assert older["diff"] == {"before": "of-base 2.0\n", "after": "of-base 1.0\n"}
    up = host.converge("apt", {"upgrade": "dist"}, unknowable=TEXTS)
    assert "of-base 2.0" in up["diff"]["after"]

    host.sh("apt-mark auto of-base")  # the test has installed it by name
    gone = host.converge(
        "apt", {"name": "of-pilote", "state": "absent", "autoremove": True}, unknowable=TEXTS
    )
    assert "of-pilote 1.1" in gone["diff"]["before"]
    assert "of-base 2.0" in gone["diff"]["before"]
    assert host.sh("ls /etc/of-pilote.conf") == "/etc/of-pilote.conf"
    host.converge("apt", {"name": "of-pilote", "state": "absent", "purge": True}, unknowable=TEXTS)
    assert host.sh("ls /etc/of-pilote.conf 2>/dev/null || echo none") == "none"


def test_a_package_file(repository: Host) -> None:
    host = repository
    host.sh(
        REPOSITORY
        + "make of-seul 1.0; mv of-seul_1.0_all.deb /srv/a.deb; make of-seul 0.9; mv of-seul_0.9_all.deb /srv/b.deb"
    )
    made = host.converge("apt", {"deb": "/srv/a.deb"}, unknowable=TEXTS)
    assert made["diff"]["after"] == "of-seul 1.0\n"
    assert "later version" in host.run("apt", {"deb": "/srv/b.deb"})["msg"]
    host.converge("apt", {"deb": "/srv/b.deb", "allow_downgrade": True}, unknowable=TEXTS)
    assert host.run("apt", {"deb": "/srv/none.deb"})["failed"] is True
    assert host.run("apt", {"deb": "/srv/none.deb"}, check=True)["undecidable"] is True
    host.converge("apt", {"name": "of-seul", "state": "absent", "purge": True}, unknowable=TEXTS)


def test_a_lock_is_waited_for(repository: Host) -> None:
    host = repository
    host.run("apt", {"name": "of-base", "state": "absent", "purge": True, "update_cache": True})
    hold = "import fcntl,time; f=open('/var/lib/dpkg/lock-frontend','w'); fcntl.lockf(f,fcntl.LOCK_EX); print(1,flush=True); time.sleep(%d)"
    host.sh(
        f'python3 -c "{hold % 60}" > /tmp/held & echo $! > /tmp/holder; until [ -s /tmp/held ]; do sleep 0.05; done'
    )
    busy = host.run("apt", {"name": "of-base", "lock_timeout": 1})
    assert busy["failed"] is True
    assert "lock" in busy["msg"]
    host.sh(
        'kill $(cat /tmp/holder); python3 -c "'
        + hold % 2
        + '" > /tmp/held & until [ -s /tmp/held ]; do sleep 0.05; done'
    )
    assert host.run("apt", {"name": "of-base", "lock_timeout": 30})["changed"] is True


def test_a_package_that_does_not_exist(repository: Host) -> None:
    assert (
        repository.run("apt", {"name": "of-nothing"})["msg"]
        == "No package matching 'of-nothing' is available"
    )


def test_services_are_not_started_when_policy_says_so(repository: Host) -> None:
    host = repository
    host.run("apt", {"name": "of-base", "state": "absent", "purge": True, "update_cache": True})
    host.converge("apt", {"name": "of-base", "policy_rc_d": 101}, unknowable=TEXTS)
    assert host.sh("ls /usr/sbin/policy-rc.d 2>/dev/null || echo none") == "none"


def test_one_line_sources(repository: Host) -> None:
    host = repository
    host.sh("rm -f /etc/apt/sources.list.d/depot.list")
    source = {"repo": "deb [trusted=yes] file:/srv/depot ./", "filename": "of-depot"}
    made = host.converge("apt_repository", source)
    assert made["sources_added"] == ["/etc/apt/sources.list.d/of-depot.list"]
    assert "of-base" in host.sh("apt-cache policy of-base")
    host.sh("sed -i 's/^/# /' /etc/apt/sources.list.d/of-depot.list")
    host.converge("apt_repository", source)
    broken = host.run("apt_repository", {"repo": "deb file:/srv/nowhere ./", "update_cache_retries": 0})
    assert broken["failed"] is True
    assert host.sh("ls /etc/apt/sources.list.d/") == "of-depot.list"
    gone = host.converge("apt_repository", source | {"state": "absent"})
    assert gone["sources_removed"] == ["/etc/apt/sources.list.d/of-depot.list"]
    host.sh("echo 'deb [trusted=yes] file:/srv/depot ./' > /etc/apt/sources.list.d/depot.list")


def test_sources_in_the_newer_form(repository: Host) -> None:
    host = repository
    host.sh(
        "mkdir -p /srv/www; printf -- '-----BEGIN PGP\\nx\\n' > /srv/www/key; cd /srv/www;"
        "python3 -m http.server 8422 --bind 127.0.0.1 >/dev/null 2>&1 & echo $! > /tmp/www;"
        "until python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 8422))' 2>/dev/null; do sleep 0.05; done"
    )
    source = {"name": "Of dépôt", "uris": "file:/srv/depot", "suites": "./", "trusted": True}
    made = host.converge("deb822_repository", source | {"signed_by": "http://127.0.0.1:8422/key"})
    assert made["dest"] == "/etc/apt/sources.list.d/of-d-p-t.sources"
    assert host.sh("cat /etc/apt/keyrings/of-d-p-t.asc") == "-----BEGIN PGP\nx"
    host.converge("deb822_repository", source | {"enabled": False})
    assert "Enabled: no" in host.sh("cat /etc/apt/sources.list.d/of-d-p-t.sources")
    host.converge("deb822_repository", {"name": "Of dépôt", "state": "absent"})
    assert host.sh("ls /etc/apt/keyrings; kill $(cat /tmp/www)") == ""
