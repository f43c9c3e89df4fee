"""Debian's versions, database and simulations, and what apt asks of apt-get."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.agents import debian
from officefleet.agents.kit import Failed
from officefleet.errors import ArgumentError
from officefleet.modules import registry
from officefleet.modules.apt.plan import options, requests
from officefleet.modules.apt.spec import AptArgs

STATUS = """\
Package: cups
Status: install ok installed
Architecture: amd64
Version: 2.4.2-3+deb12u8
Provides: cups-server (= 2.4.2),
 lpd-server
Description: printing
 cups Package: fake

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-8

Package: galss
Status: deinstall ok config-files
Architecture: amd64
Version: 3.40

Package: cups-client
Status: hold ok installed
Architecture: amd64
Version: 1:2.0~rc1
"""

SIMULATION = """\
Reading package lists...
Remv old-one [1.0] []
Inst libcups2 [2.4.1-1] (2.4.2-3 Debian:12.5/stable [amd64]) []
Inst cups (2.4.2-3 Debian:12.5/stable [amd64])
Purg galss [3.40]
Conf cups (2.4.2-3 Debian:12.5/stable [amd64])
Del vim 2:9.0 [1,2 MB]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.0", "1.1"), ("1.9", "1.10"), ("1.0~rc1", "1.0"), ("1.0", "1.0+deb12u1"), ("1.0-1", "1.0-2"),
        ("2.0", "1:1.0"), ("1.0", "1.0a"), ("1.0~~", "1.0~"), ("1.0-1~bpo", "1.0-1"), ("1.0", "1.0-1"),
    ],
)  # fmt: skip
def test_versions(old: str, new: str) -> None:
    assert debian.compare(old, new) == -1
    assert debian.compare(new, old) == 1
    assert debian.compare(old, old) == 0


VERSION = st.from_regex(r"([0-9]:)?[0-9][0-9a-b.+~]{0,6}(-[0-9a-b.+~]{1,4})?", fullmatch=True)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not installed")
@settings(max_examples=60, deadline=None)
@given(VERSION, VERSION)
def test_versions_compare_as_dpkg_says(one: str, other: str) -> None:
    relation = {-1: "lt", 0: "eq", 1: "gt"}[debian.compare(one, other)]
    assert subprocess.run(["dpkg", "--compare-versions", one, relation, other], check=False).returncode == 0


def test_the_database() -> None:
    (cups,) = debian.find(STATUS, "cups")
    assert cups["Version"] == "2.4.2-3+deb12u8"
    assert debian.is_installed(cups)
    assert [one["Architecture"] for one in debian.find(STATUS, "libc6")] == ["amd64", "i386"]
    (galss,) = debian.find(STATUS, "galss")
    assert not debian.is_installed(galss)
    assert debian.has_configuration(galss)
    assert debian.find(STATUS, "fake") == []
    assert debian.find(STATUS, "cup") == []
    assert len(list(debian.stanzas(STATUS))) == 5
    assert debian.providers(STATUS, "lpd-server") == ["cups"]
    assert debian.providers(STATUS, "lpd") == []


def test_simulations() -> None:
    found = [tuple(one.values()) for one in debian.parse_simulation(SIMULATION)]
    assert found == [
        ("remove", "old-one", "1.0", None),
        ("install", "libcups2", "2.4.1-1", "2.4.2-3"),
        ("install", "cups", None, "2.4.2-3"),
        ("purge", "galss", "3.40", None),
        ("delete", "vim", "2:9.0", None),
    ]


def words(args: dict[str, Any], *, names: tuple[str, ...] = (), deb: str | None = None) -> list[list[str]]:
    known = {"status": STATUS, "names": names, "deb": deb}
    return requests(AptArgs.model_validate(args).model_dump(), known)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"name": "cups"}, []),
        ({"name": "vim,cups"}, [["install", "vim"]]),
        ({"name": "lpd-server"}, []),
        ({"name": "galss"}, [["install", "galss"]]),
        ({"name": "libc6:i386"}, []),
        ({"name": "libc6:arm64"}, [["install", "libc6:arm64"]]),
        ({"name": "cups=2.4.*"}, []),
        ({"name": "cups=2.5*"}, [["install", "cups=2.5*"]]),
        ({"name": "cups>=2.4.2"}, []),
        ({"name": "cups>=2.5"}, [["install", "cups"]]),
        ({"name": "cups", "state": "latest"}, [["install", "cups"]]),
        (
            {"name": "vim,cups", "state": "latest", "only_upgrade": True},
            [["install", "--only-upgrade", "cups"]],
        ),
        ({"name": "cups", "state": "absent"}, [["remove", "cups"]]),
        ({"name": "galss", "state": "absent"}, []),
        ({"name": "galss", "state": "absent", "purge": True}, [["remove", "--purge", "galss"]]),
        (
            {"name": "cups*", "state": "absent", "autoremove": True},
            [["remove", "--auto-remove", "cups", "cups-client"]],
        ),
        ({"name": "vi*"}, [["install", "vim", "vinagre"]]),
        ({"name": "cups", "autoremove": True}, [["autoremove"]]),
        ({"upgrade": "dist", "autoremove": True}, [["dist-upgrade", "--auto-remove"]]),
        ({"upgrade": "yes"}, [["upgrade", "--with-new-pkgs"]]),
        ({"name": "*", "state": "latest"}, [["dist-upgrade"]]),
        ({"name": "cups", "state": "build-dep"}, [["build-dep", "cups"]]),
        ({"state": "fixed"}, [["--fix-broken", "install"]]),
        ({"autoclean": True}, [["autoclean"]]),
        ({"update_cache": True}, []),
    ],
)
def test_what_is_asked_of_apt_get(args: dict[str, Any], expected: list[list[str]]) -> None:
    assert words(args, names=("vim", "vinagre", "cups")) == expected


def test_package_files() -> None:
    assert words({"deb": "x.deb"}, deb="/srv/x.deb") == [["install", "/srv/x.deb"]]
    assert words({"deb": "x.deb"}) == []


@pytest.mark.parametrize("name", ["nothing*", "=1.0"])
def test_names_that_mean_nothing(name: str) -> None:
    with pytest.raises(Failed, match="No package matching"):
        words({"name": name})


def test_options() -> None:
    args = {"name": "x", "install-recommends": False, "default_release": "bookworm-backports", "force": True}
    found = " ".join(
        options(AptArgs.model_validate(args | {"allow_downgrade": True, "lock_timeout": 5}).model_dump())
    )
    assert "-o DPkg::Lock::Timeout=5" in found
    assert "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold" in found
    assert "-t bookworm-backports" in found
    assert "APT::Install-Recommends=no" in found
    assert found.count("--allow-downgrades") == 1


class Facts:
    windows = False

    def __init__(self, manager: str) -> None:
        self.variables = {"ansible_facts": {"pkg_mgr": manager}}


def test_package_becomes_apt() -> None:
    found = registry.get("package")
    assert found is not None
    assert found.controller is not None
    args = found.spec.args.model_validate({"name": "cups", "state": "installed", "update_cache": "yes"})
    step = found.controller.prepare(args, Facts("apt"))
    assert step.module == "apt"
    assert (step.args["name"], step.args["state"], step.args["update_cache"]) == (["cups"], "present", True)
    with pytest.raises(ArgumentError, match="pacman"):
        found.controller.prepare(args, Facts("pacman"))
    with pytest.raises(ArgumentError, match="nonsense"):
        found.controller.prepare(
            found.spec.args.model_validate({"name": "cups", "nonsense": 1}), Facts("apt")
        )
