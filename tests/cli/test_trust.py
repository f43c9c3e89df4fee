"""`officefleet trust` against real sshd."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko
import pytest

from officefleet.cli.trusting.fetch import place_of
from officefleet.cli.trusting.fingerprints import read_fingerprints
from officefleet.cli.trusting.known_hosts import KnownHosts
from officefleet.errors import ExitCode, SourceError

if TYPE_CHECKING:
    from conftest import Cli, Outcome

    from officefleet.lab.sshd import SshFarm


class Trust:
    """The command with its inventory and known_hosts file."""

    def __init__(self, cli: Cli, farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cli = cli
        self._monkeypatch = monkeypatch
        self.farm = farm
        self.file = cli.folder / "known_hosts"
        monkeypatch.setenv("OFFICEFLEET_KNOWN_HOSTS", str(self.file))
        farm.write_inventory(cli.folder / "hosts.yml")

    def __call__(self, *arguments: str, answers: str = "") -> Outcome:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        return self._cli("trust", *arguments, "-i", "hosts.yml")

    def fingerprints(self, **changed: str) -> str:
        known = self.farm.fingerprints() | {name.replace("_", "-"): value for name, value in changed.items()}
        self._cli.write("fingerprints", "".join(f"{host} {print_}\n" for host, print_ in known.items()))
        return "fingerprints"

    def entries(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def expected(self, number: int) -> str:
        host = self.farm.hosts[number]
        return f"[{host.address}]:{host.port} {host.host_key}"


@pytest.fixture
def trust(cli: Cli, ssh_farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> Trust:
    return Trust(cli, ssh_farm, monkeypatch)


def test_keys_that_match_a_list_are_recorded_and_then_connect(trust: Trust, cli: Cli) -> None:
    found = trust("--fingerprints", trust.fingerprints())
    assert found.code == ExitCode.OK
    assert trust.entries() == [trust.expected(number) for number in range(4)]
    cli.write("ping.yml", "- hosts: all\n  gather_facts: false\n  tasks: [ping: ]\n")
    assert cli("run", "ping.yml", "-i", "hosts.yml").code == ExitCode.OK
    assert "4 known already" in trust("--fingerprints", "fingerprints").out


def test_a_key_that_is_not_on_the_list_is_refused(trust: Trust) -> None:
    found = trust("--fingerprints", trust.fingerprints(host_02="SHA256:" + "A" * 43))
    assert found.code == ExitCode.FAILED
    assert "host-02: REFUSED" in found.out
    assert trust.entries() == [trust.expected(number) for number in (0, 2, 3)]


def test_a_host_that_the_list_does_not_name_is_refused(trust: Trust, cli: Cli) -> None:
    cli.write("some", f"host-01 {trust.farm.fingerprints()['host-01']}\n")
    assert trust("--fingerprints", "some").code == ExitCode.FAILED
    assert trust.entries() == [trust.expected(0)]


@pytest.mark.parametrize("answers", ["", "\n\n\n\n", "n\nwhat\nno\n\n"])
def test_the_answer_is_no_unless_it_is_yes(trust: Trust, answers: str) -> None:
    assert trust(answers=answers).code == ExitCode.FAILED
    assert trust.entries() == []


def test_a_person_who_agrees_sees_the_fingerprint_first(trust: Trust) -> None:
    found = trust("host-01:host-02", answers="oui\nn\n")
    assert found.code == ExitCode.FAILED
    assert trust.entries() == [trust.expected(0)]
    assert trust.farm.fingerprints()["host-01"] in found.out.split("[y/N]")[0]


def test_a_changed_key_is_refused_even_with_yes(trust: Trust) -> None:
    other = trust.farm.hosts[1].host_key
    first = trust.farm.hosts[0]
    before = f"[{first.address}]:{first.port} {other}"
    trust.file.write_text(f"# ours\n{before}\n")
    found = trust("host-01", "--yes")
    assert found.code == ExitCode.FAILED
    assert "--replace" in found.out
    assert trust.entries() == ["# ours", before]
    assert trust("host-01", "--yes", "--replace").code == ExitCode.OK
    assert trust.entries() == ["# ours", trust.expected(0)]


def test_a_list_does_not_replace_a_key_either(trust: Trust) -> None:
    first = trust.farm.hosts[0]
    trust.file.write_text(f"[{first.address}]:{first.port} {trust.farm.hosts[1].host_key}\n")
    assert trust("host-01", "--fingerprints", trust.fingerprints()).code == ExitCode.FAILED
    assert trust("host-01", "--fingerprints", "fingerprints", "--replace").code == ExitCode.OK
    assert trust.entries() == [trust.expected(0)]


def test_a_host_that_does_not_answer(trust: Trust, cli: Cli) -> None:
    port = trust.farm.hosts[0].port
    text = Path("hosts.yml").read_text().replace(f"ansible_port: {port}", "ansible_port: 1")
    cli.write("hosts.yml", text)
    found = trust("host-01:host-02", "--yes")
    assert found.code == ExitCode.UNREACHABLE
    assert "host-01: no key" in found.out
    assert trust.entries() == [trust.expected(1)]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ("h1", 22)),
        ({"ansible_host": "10.0.0.{{ last }}", "last": 7, "ansible_port": "2222"}, ("10.0.0.7", 2222)),
        ({"ansible_host": "{{ inventory_hostname }}.lan", "ansible_ssh_port": 23}, ("h1.lan", 23)),
        ({"ansible_connection": "ansible.builtin.local"}, None),
        ({"ansible_connection": "winrm"}, None),
    ],
)
def test_where_a_host_is(variables: dict[str, Any], expected: tuple[str, int] | None) -> None:
    assert place_of("h1", variables) == expected


def test_a_port_that_is_none(cli: Cli) -> None:
    cli.write("hosts.ini", "h1 ansible_port=ssh\n")
    assert cli("trust", "-i", "hosts.ini").code == ExitCode.INVALID


def test_local_hosts_have_no_key(cli: Cli) -> None:
    cli.write("local.ini", "h1 ansible_connection=local\n")
    assert cli("trust", "-i", "local.ini").code == ExitCode.USAGE


class TestFile:
    def key(self, number: int) -> paramiko.PKey:
        return paramiko.ECDSAKey.generate(bits=(256, 384)[number])

    def test_a_hashed_entry_is_known_and_replaced(self, tmp_path: Path) -> None:
        file = tmp_path / "deep" / "known_hosts"
        file.parent.mkdir()
        old, new = self.key(0), self.key(1)
        hashed = paramiko.HostKeys.hash_host("10.0.0.1")
        kept = f"{paramiko.HostKeys.hash_host('10.0.0.2')} {old.get_name()} {old.get_base64()}"
        file.write_text(
            f"{hashed} {old.get_name()} {old.get_base64()}\n{kept}\n@revoked * ssh-rsa AAAA\nnot a line\n"
        )
        known = KnownHosts(file)
        assert list(known.keys("10.0.0.1")) == [old.get_name()]
        known.record({"10.0.0.1": new})
        assert file.read_text().splitlines() == [
            kept, "@revoked * ssh-rsa AAAA", "not a line", f"10.0.0.1 {new.get_name()} {new.get_base64()}",
        ]  # fmt: skip

    def test_a_line_with_several_names_keeps_the_others(self, tmp_path: Path) -> None:
        file = tmp_path / "known_hosts"
        old, new = self.key(0), self.key(1)
        file.write_text(f"one,two,three {old.get_name()} {old.get_base64()} a comment\n")
        KnownHosts(file).record({"two": new})
        assert file.read_text().splitlines()[0] == f"one,three {old.get_name()} {old.get_base64()} a comment"

    def test_a_file_that_cannot_be_written_stays_as_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "known_hosts"
        file.write_text("# before\n")
        known = KnownHosts(file)

        def fail(*_given: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(SourceError, match="No space left"):
            known.record({"x": self.key(0)})
        assert [entry.name for entry in tmp_path.iterdir()] == ["known_hosts"]
        assert file.read_text() == "# before\n"


@pytest.mark.parametrize(
    "line", ["host-01", "host-01 MD5:aa", "host-01 SHA256:x more", "h SHA256:a\nh SHA256:b"]
)
def test_a_list_that_is_not_one(tmp_path: Path, line: str) -> None:
    file = tmp_path / "fingerprints"
    file.write_text(f"# comment\n\n{line}\n")
    with pytest.raises(SourceError):
        read_fingerprints(file)
