"""known_hosts, authorized_key and ini_file on real files, compared with OpenSSH's own programs."""

from __future__ import annotations

import configparser
import pwd
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.agents.kit import which

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

ssh_keygen = pytest.mark.skipif(which("ssh-keygen") is None, reason="ssh-keygen is not installed")
on_disk = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def bits(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def key(tmp_path: Path) -> str:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "essai", "-f", f"{tmp_path}/key"]
    subprocess.run(command, check=True)
    return (tmp_path / "key.pub").read_text().strip()


@ssh_keygen
@pytest.mark.parametrize("hidden", [False, True])
def test_a_recorded_host_is_found_by_ssh(converge: Run, tmp_path: Path, key: str, hidden: bool) -> None:  # noqa: FBT001  parametrized
    path = tmp_path / "ssh" / "known_hosts"
    line = "[nas]:2222 " + " ".join(key.split()[:2])
    args = {"name": "[nas]:2222", "key": line, "path": str(path), "hash_host": hidden}
    converge("known_hosts", args, ignore={"diff"})  # the salt differs from run to run
    assert bits(path.parent) == 0o700
    assert ("nas" in path.read_text()) is not hidden
    found = subprocess.run(
        ["ssh-keygen", "-F", "[nas]:2222", "-f", str(path)], capture_output=True, check=True
    )
    assert line.split()[2].encode() in found.stdout
    converge("known_hosts", {"name": "[nas]:2222", "path": str(path), "state": "absent"})
    assert path.read_text() == ""


@ssh_keygen
def test_what_ssh_keygen_hashed_is_recognised(run: Run, tmp_path: Path, key: str) -> None:
    path = tmp_path / "known_hosts"
    line = "nas " + " ".join(key.split()[:2])
    path.write_text(line + "\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    args = {"name": "nas", "key": line, "path": str(path), "hash_host": True}
    assert run("known_hosts", args)["changed"] is False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user "essai" who exists for this test only."""
    entry = pwd.struct_passwd(("essai", "x", 54321, 54321, "", str(tmp_path / "home"), "/bin/sh"))
    real = pwd.getpwnam
    monkeypatch.setattr(pwd, "getpwnam", lambda name: entry if name == "essai" else real(name))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@ssh_keygen
def test_a_key_lets_in(converge: Run, home: Path, key: str) -> None:
    args = {"user": "essai", "key": key}
    result = converge("authorized_key", args)
    path = home / ".ssh" / "authorized_keys"
    assert result["keyfile"] == str(path)
    assert path.read_text() == key + "\n"
    assert (bits(path), bits(path.parent)) == (0o600, 0o700)
    assert path.stat().st_uid == path.parent.stat().st_uid == 54321
    subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True)
    converge("authorized_key", {**args, "key_options": 'command="a \\"b\\"",restrict'})
    subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True)
    converge("authorized_key", {**args, "state": "absent"})
    assert path.read_text() == ""


def test_a_link_out_of_the_home_is_refused(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (home / ".ssh").symlink_to(tmp_path / "elsewhere")
    result = run("authorized_key", {"user": "essai", "key": "ssh-ed25519 AAAA"})
    assert "leads out of the user's home" in result["msg"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_in_place_of_the_file_is_replaced(run: Run, home: Path, tmp_path: Path) -> None:
    (home / ".ssh").mkdir()
    (tmp_path / "shadow").write_text("root:x\n")
    (home / ".ssh" / "authorized_keys").symlink_to(tmp_path / "shadow")
    run("authorized_key", {"user": "essai", "key": "ssh-ed25519 AAAA"})
    assert (tmp_path / "shadow").read_text() == "root:x\n"
    assert not (home / ".ssh" / "authorized_keys").is_symlink()


def test_users_and_folders_that_are_missing(run: Run, home: Path) -> None:
    args = {"user": "no-such-user", "key": "ssh-ed25519 AAAA"}
    assert run("authorized_key", args)["msg"] == "Failed to lookup user no-such-user"
    assert run("authorized_key", args, check=True)["undecidable"]
    args = {"user": "essai", "key": "ssh-ed25519 AAAA"}
    assert run("authorized_key", {**args, "manage_dir": False})["failed"]
    home.rmdir()
    assert run("authorized_key", args, check=True)["undecidable"]


def test_another_file(converge: Run, home: Path, tmp_path: Path) -> None:
    args = {"user": "essai", "key": "ssh-ed25519 AAAA", "path": f"{tmp_path}/%u.keys"}
    converge("authorized_key", {**args, "manage_dir": False})
    assert (tmp_path / "essai.keys").read_text() == "ssh-ed25519 AAAA\n"
    assert list(home.iterdir()) == []


def test_an_ini_file_keeps_mode_and_link(converge: Run, tmp_path: Path) -> None:
    real = tmp_path / "real.ini"
    real.write_text("[s]\na=1\n")
    real.chmod(0o640)
    (tmp_path / "x.ini").symlink_to("real.ini")
    args = {"path": f"{tmp_path}/x.ini", "section": "s", "option": "a", "value": "2", "follow": True}
    converge("ini_file", args)
    assert real.read_text() == "[s]\na = 2\n"
    converge("ini_file", {**args, "value": "3", "follow": False, "backup": True})
    assert not (tmp_path / "x.ini").is_symlink()
    assert real.read_text() == "[s]\na = 2\n"
    assert bits(tmp_path / "x.ini") == 0o640


names = st.text("abc", min_size=1, max_size=2)
values = st.text("xyz 1=", max_size=4).map(str.strip)


@on_disk
@given(
    before=st.dictionaries(names, st.dictionaries(names, values, max_size=3), max_size=3),
    section=names,
    option=names,
    value=values,
    spaces=st.booleans(),
    end=st.sampled_from(["", "\n", "\n\n"]),
)
def test_any_setting_is_what_a_parser_reads(
    converge: Run,
    tmp_path: Path,
    before: dict[str, dict[str, str]],
    section: str,
    option: str,
    value: str,
    spaces: bool,  # noqa: FBT001  drawn
    end: str,
) -> None:
    path = tmp_path / "x.ini"
    blocks = [
        "\n".join([f"[{name}]", *(f"{key}={val}" for key, val in options.items())])
        for name, options in before.items()
    ]
    path.write_text("\n".join(blocks) + end)
    args = {"path": str(path), "section": section, "option": option, "no_extra_spaces": spaces}
    converge("ini_file", {**args, "value": value})
    expected = {name: dict(options) for name, options in before.items()}
    expected.setdefault(section, {})[option] = value
    assert parsed(path) == expected
    converge("ini_file", {**args, "state": "absent"})
    del expected[section][option]
    assert parsed(path) == expected
    converge("ini_file", {"path": str(path), "section": section, "state": "absent"})
    del expected[section]
    assert parsed(path) == expected


def parsed(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(delimiters="=", empty_lines_in_values=False)
    parser.read(path)
    return {name: dict(parser[name]) for name in parser.sections()}
