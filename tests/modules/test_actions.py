"""The actions that work on inventory, variables, time and the connection."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from officefleet.errors import ArgumentError, UnreachableError
from officefleet.modules import registry
from officefleet.modules.reboot.controller import command
from officefleet.modules.reboot.spec import RebootArgs
from officefleet.source import yaml

if TYPE_CHECKING:
    from pathlib import Path


def act(module: str, args: dict[str, Any], controller: Any = None) -> dict[str, Any]:
    found = registry.get(module)
    assert found is not None
    assert found.controller is not None
    result = found.controller.act(
        found.spec.args.model_validate(args), controller or SimpleNamespace(check=False, windows=False)
    )
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [
        ("poste-9", "poste-9", None),
        ("poste-9:2222", "poste-9", 2222),
        ("[2001:db8::9]:2222", "2001:db8::9", 2222),
        ("2001:db8::9", "2001:db8::9", None),
    ],
)
def test_add_host_splits_the_port_off(name: str, host: str, port: int | None) -> None:
    added = act("add_host", {"hostname": name, "groups": "spares, lyon,spares", "role": "counter"})[
        "add_host"
    ]
    assert added["host_name"] == host
    assert added["groups"] == ["spares", "lyon"]
    assert added["host_vars"] == {"role": "counter"} | ({} if port is None else {"ansible_ssh_port": port})


def test_group_by() -> None:
    result = act("group_by", {"key": "os Debian 12", "parents": "linux,all hosts"})
    assert result == {"changed": True, "add_group": "os-Debian-12", "parent_groups": ["linux", "all-hosts"]}


def test_set_stats() -> None:
    result = act("set_stats", {"data": {"fixed": 1}, "per_host": "yes"})
    assert result["ansible_stats"] == {"data": {"fixed": 1}, "per_host": True, "aggregate": True}
    with pytest.raises(ValidationError, match="not a valid variable name"):
        act("set_stats", {"data": {"a-b": 1}})


@pytest.fixture
def variables(tmp_path: Path) -> SimpleNamespace:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "a.yaml").write_text("one: 1\nnested: {x: 1}\n")
    (tmp_path / "b.json").write_text('{"one": 2, "two": 2}')
    (tmp_path / "sub" / "c.yml").write_text("three: 3\n")
    (tmp_path / "sub" / "deep" / "d.yml").write_text("four: 4\n")
    (tmp_path / "empty.yaml").write_text("")
    return SimpleNamespace(
        variables={"nested": {"y": 2}}, find=lambda name, _folder: tmp_path / name, load_variables=yaml.load
    )


@pytest.mark.parametrize(
    ("args", "facts", "files"),
    [
        ({"file": "a.yaml"}, {"one": 1, "nested": {"x": 1}}, ["a.yaml"]),
        ({"_raw_params": "a.yaml", "name": "box"}, {"box": {"one": 1, "nested": {"x": 1}}}, ["a.yaml"]),
        ({"file": "a.yaml", "hash_behaviour": "merge"}, {"one": 1, "nested": {"x": 1, "y": 2}}, ["a.yaml"]),
        ({"file": "empty.yaml"}, {}, ["empty.yaml"]),
        (
            {"dir": "."},
            {"one": 2, "two": 2, "nested": {"x": 1}, "three": 3, "four": 4},
            ["a.yaml", "b.json", "empty.yaml", "sub/c.yml", "sub/deep/d.yml"],
        ),
        (
            {"dir": ".", "depth": 1, "ignore_files": ["b.json", "empty.*"]},
            {"one": 1, "nested": {"x": 1}},
            ["a.yaml"],
        ),
        ({"dir": ".", "depth": 2, "files_matching": "^c"}, {"three": 3}, ["sub/c.yml"]),
    ],
)
def test_include_vars(
    args: dict[str, Any], facts: dict[str, Any], files: list[str], variables: SimpleNamespace, tmp_path: Path
) -> None:
    result = act("include_vars", args, variables)
    assert result["ansible_facts"] == facts
    assert result["ansible_included_var_files"] == [str(tmp_path / file) for file in files]


def test_include_vars_refuses_other_extensions(variables: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a: 1")
    with pytest.raises(ArgumentError, match="extensions"):
        act("include_vars", {"dir": "."}, variables)
    result = act("include_vars", {"dir": ".", "depth": 1, "ignore_unknown_extensions": True}, variables)
    assert len(result["ansible_included_var_files"]) == 3
    with pytest.raises(ArgumentError, match="extensions"):
        act("include_vars", {"file": "notes.txt"}, variables)


def test_include_vars_needs_a_mapping(variables: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(ArgumentError, match="mapping"):
        act("include_vars", {"file": "list.yaml"}, variables)
    with pytest.raises(ValidationError, match="either file or dir"):
        act("include_vars", {}, variables)


def test_a_pause_takes_its_time() -> None:
    result = act("pause", {"seconds": 0})
    assert result["changed"] is False
    assert result["delta"] == 1  # as in Ansible, a pause lasts a second at least
    assert result["stdout"].startswith("Paused for 1.0")


def test_a_prompt_without_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert act("pause", {"prompt": "ready?"})["user_input"] == ""


class Host:
    """A host that goes down after `lazy` answers and comes back with another boot id."""

    def __init__(self, *, lazy: int = 0, returns: bool = True, refuses: bool = False) -> None:
        self.check = False
        self.windows = False
        self.boot = 1
        self.lazy = lazy
        self.returns = returns
        self.refuses = refuses
        self.told = False
        self.commands: list[str] = []

    def run_on_host(self, module: str, args: dict[str, Any], timeout: float = 0) -> dict[str, Any]:
        assert module == "shell"
        assert timeout >= 0
        self.commands.append(args["cmd"])
        if "shutdown" in args["cmd"]:
            self.told = not self.refuses
            if self.refuses:
                return {"failed": True, "rc": 1, "stderr": "not allowed"}
            raise UnreachableError("the connection broke")
        if self.told and self.boot == 1:
            if self.lazy == 0:
                self.boot = 2
            self.lazy -= 1
        return {"rc": 0, "stdout": str(self.boot)}

    def reset_connection(self) -> None:
        pass

    def wait_until_reachable(self, timeout: float, delay: float = 0) -> None:
        assert delay >= 0
        if self.told and not self.returns:
            raise UnreachableError(f"no answer within {timeout:g} s")


def test_reboot_waits_for_another_boot_id() -> None:
    host = Host(lazy=1)
    result = act("reboot", {"test_command": "true"}, host)
    assert (result["changed"], result["rebooted"]) == (True, True)
    assert result["elapsed"] >= 1
    assert host.commands[-1] == "true"


def test_reboot_of_a_host_that_does_not_come_back() -> None:
    result = act("reboot", {"reboot_timeout": 1}, Host(returns=False))
    assert (result["failed"], result["rebooted"]) == (True, True)
    assert "timeout=1" in result["msg"]


def test_reboot_of_a_host_that_refuses() -> None:
    result = act("reboot", {}, Host(refuses=True))
    assert (result["failed"], result["rebooted"], result["changed"]) == (True, False, False)
    assert "not allowed" in result["msg"]


def test_reboot_in_check_mode_touches_nothing() -> None:
    assert act("reboot", {}, SimpleNamespace(check=True, windows=False))["changed"] is True


@pytest.mark.parametrize(
    ("args", "end"),
    [
        ({}, "exec shutdown -r now 'Reboot initiated by officefleet'"),
        ({"pre_reboot_delay": 150, "msg": "it's due"}, """exec shutdown -r +2 'it'"'"'s due'"""),
        ({"reboot_command": "systemctl reboot"}, "systemctl reboot"),
    ],
)
def test_reboot_commands(args: dict[str, Any], end: str) -> None:
    assert command(RebootArgs.model_validate(args)).endswith("; " + end)


def test_wait_for_connection() -> None:
    assert act("wait_for_connection", {}, Host()) == {"changed": False, "elapsed": 0}
    host = Host(returns=False)
    host.told = True
    result = act("wait_for_connection", {"timeout": 3}, host)
    assert result["failed"] is True
    assert "within 3 s" in result["msg"]
