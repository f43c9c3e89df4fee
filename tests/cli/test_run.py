from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from officefleet.cli import environment
from officefleet.cli.report_targets import parse_outputs
from officefleet.cli.run_flags import RunFlags, engine_options
from officefleet.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conftest import Cli

PLAY = """\
- name: Configurer
  hosts: all
  gather_facts: false
  tasks:
    - name: Write
      copy: {content: "{{ what | default('x') }}\\n", dest: "FOLDER/{{ inventory_hostname }}"}
      tags: [write]
    - name: Say
      debug: {msg: "said by {{ inventory_hostname }}"}
      tags: [say]
"""


@pytest.fixture
def site(cli: Cli) -> Path:
    (cli.folder / "out").mkdir()
    return cli.write("site.yml", PLAY.replace("FOLDER", str(cli.folder / "out")))


@pytest.mark.usefixtures("site")
class TestOptions:
    def test_tags_limit_and_extra_vars(self, cli: Cli) -> None:
        found = cli.local(
            "site.yml", "-t", "write", "-l", "h2", "-e", "what=first", "-e", '{"what": "second"}'
        )
        assert found.code == ExitCode.OK
        assert os.listdir("out") == ["h2"]  # noqa: PTH208  names are enough
        assert cli.lines("out/h2") == ["second"]
        assert "Say" not in found.out

    def test_skip_tags_and_start_at_task(self, cli: Cli) -> None:
        assert "Say" not in cli.local("site.yml", "--skip-tags", "say").out
        found = cli.local("site.yml", "--start-at-task", "Say")
        assert "Write" not in found.out
        assert "h1: said by h1" in found.out

    def test_check_and_diff_change_nothing(self, cli: Cli) -> None:
        found = cli.local("site.yml", "-CD")
        assert found.code == ExitCode.OK
        assert "nothing was changed" in found.out
        assert "+x" in found.out
        assert os.listdir("out") == []  # noqa: PTH208  names are enough

    def test_lists(self, cli: Cli) -> None:
        found = cli.local("site.yml", "--list-tasks", "--list-hosts", "--list-tags", "-l", "h2")
        assert found.code == ExitCode.OK
        lines = [line.strip() for line in found.out.splitlines()]
        assert lines == [
            "1. Configurer  [site.yml:1:3]",
            "1 host", "h2",
            "Write  [write]", "Say  [say]",
            "tags: say, write",
        ]  # fmt: skip
        assert os.listdir("out") == []  # noqa: PTH208  names are enough

    def test_syntax_check_needs_no_inventory(self, cli: Cli) -> None:
        assert cli("run", "site.yml", "--syntax-check").code == ExitCode.OK

    def test_several_outputs_at_once(self, cli: Cli) -> None:
        found = cli.local(
            "site.yml", "--output", "json", "--output", "junit=j.xml", "--output", "html=h.html"
        )
        events = [json.loads(line) for line in found.out.splitlines()]
        assert events[-1]["total"]["fine"] == 2
        assert events[-1]["outcome"] == "ok"
        assert len(list(ET.parse("j.xml").iter("testcase"))) == 4  # noqa: S314  our own file
        assert (
            "Configurer" in Path("h.html").read_text(encoding="utf-8") or "h1" in Path("h.html").read_text()
        )

    def test_no_ledger(self, cli: Cli) -> None:
        cli.local("site.yml", "--no-ledger")
        assert not Path(os.environ["OFFICEFLEET_LEDGER"]).exists()
        cli.local("site.yml")
        assert Path(os.environ["OFFICEFLEET_LEDGER"]).exists()

    def test_a_ledger_that_cannot_be_opened_does_not_stop_the_run(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OFFICEFLEET_LEDGER", str(cli.write("file", "x") / "ledger.sqlite"))
        found = cli.local("site.yml")
        assert found.code == ExitCode.OK
        assert found.out.count("the run goes on without it") == 1

    def test_secrets_on_the_command_line_reach_neither_output_nor_ledger(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cli.write("password", "hunter2-hunter2\n")
        cli.write(
            "site.yml",
            "- hosts: all\n  gather_facts: false\n  tasks:\n    - shell: echo hunter2-hunter2; exit 3\n",
        )
        found = cli.local("site.yml", "--become-password-file", "password", "-vvv", "-D")
        assert found.code == ExitCode.FAILED
        monkeypatch.chdir("/")
        state = Path(os.environ["OFFICEFLEET_LEDGER"]).parent
        stored = b"".join(file.read_bytes() for file in state.iterdir() if file.is_file())
        assert b"non-zero return code" in stored
        assert b"hunter2-hunter2" not in stored
        printed = found.out.replace(
            "- shell: echo hunter2-hunter2; exit 3", ""
        )  # the excerpt of the person's own file
        assert "hunter2-hunter2" not in printed


def test_one_pharmacy_does_not_read_the_others(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("inventory", "generate", "inventory", "--pharmacies", "3").code == ExitCode.OK
    cli.write("site.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: fine}}]\n")
    homes = sorted(path.name for path in Path("inventory/officines").iterdir())
    for other in homes[1:]:
        for file in Path("inventory/officines", other).iterdir():
            file.write_text("broken: [")
    sub = cli.folder / "deep" / "er"
    sub.mkdir(parents=True)
    monkeypatch.chdir(sub)  # the inventory is found above
    found = cli("run", str(cli.folder / "site.yml"), "-c", "local", "-l", homes[0])
    assert found.code == ExitCode.OK, found
    assert f"{homes[0]}  " in found.out.split("Pharmacies")[1]
    assert cli("run", str(cli.folder / "site.yml"), "-c", "local").code == ExitCode.INVALID


def test_the_environment_speaks_where_the_command_line_is_silent(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ANSIBLE_INVENTORY": "a.ini,b.ini", "ANSIBLE_REMOTE_USER": "marie", "ANSIBLE_FORKS": "7",
        "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_PRIVATE_KEY_FILE": "/ansible", "OFFICEFLEET_PRIVATE_KEY": "/ours",
        "OFFICEFLEET_KNOWN_HOSTS": f"{cli.folder}/one{os.pathsep}{cli.folder}/two",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    options = engine_options(RunFlags(), "")
    assert (options.user, options.forks, options.key_file, options.check_host_keys) == (
        "marie",
        7,
        "/ours",
        False,
    )
    assert options.known_hosts == (f"{cli.folder}/one", f"{cli.folder}/two")
    assert environment.recorded_hosts() == cli.folder / "one"
    assert environment.inventory_sources(None) == ["a.ini", "b.ini"]
    monkeypatch.setenv("OFFICEFLEET_INVENTORY", "h1,h2,")
    assert environment.inventory_sources(None) == ["h1,h2,"]
    assert environment.inventory_sources(["mine"]) == ["mine"]
    options = engine_options(RunFlags(user="paul", private_key="/k", forks=3), "h1")
    assert (options.user, options.forks, options.key_file, options.limit) == ("paul", 3, "/k", "h1")


def test_where_known_hosts_are_by_default(cli: Cli) -> None:
    config = cli.folder.parent / "config" / "officefleet" / "known_hosts"
    assert environment.known_hosts() == (str(Path.home() / ".ssh" / "known_hosts"), str(config))
    assert environment.recorded_hosts() == config


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, [("console", None)]),
        (["junit=x"], [("console", None), ("junit", Path("x"))]),
        (["json"], [("json", None)]),
        (["json=x", "console"], [("json", Path("x")), ("console", None)]),
    ],
)
def test_outputs(given: list[str] | None, expected: list[tuple[str, Path | None]]) -> None:
    assert parse_outputs(given) == expected


@pytest.mark.parametrize("given", [["json", "console"], ["junit"], ["html="], ["console=x"], ["xml=x"]])
def test_outputs_that_make_no_sense(given: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_outputs(given)
