"""The same task under ansible-core and here: results must be the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.differential

ANSIBLE = Path(sys.executable).parent / "ansible-playbook"
MOMENT = {
    "start",
    "end",
    "delta",
    "invocation",
    "_ansible_no_log",
    "warnings",
    "exception",
    "failed",
    "deprecations",
}

TASKS = {
    "success": ("command", {"cmd": "printf 'a\\nb\\n'"}),
    "failure": ("command", {"cmd": "ls /officefleet-nothing"}),
    "no program": ("command", {"argv": ["officefleet-nothing", "a b"]}),
    "no folder": ("shell", {"cmd": "pwd", "chdir": "/officefleet-nothing"}),
    "argv": ("command", {"argv": ["echo", "a b", "$HOME"]}),
    "stdin": ("command", {"cmd": "wc -c", "stdin": "abc"}),
    "creates": ("command", {"cmd": "false", "creates": "/etc/passwd"}),
    "removes": ("shell", {"cmd": "false", "removes": "/officefleet-nothing"}),
    "shell": ("shell", {"cmd": "echo a | tr a b; echo c >&2"}),
    "bash": ("shell", {"cmd": "echo $BASH", "executable": "/bin/bash"}),
    "folder": ("shell", {"cmd": "pwd", "chdir": "/etc"}),
    "key": ("getent", {"database": "passwd", "key": "root"}),
    "no key": ("getent", {"database": "passwd", "key": "officefleet", "fail_key": False}),
    "services": ("getent", {"database": "services", "key": "ssh"}),
    "ping": ("ping", {"data": "x"}),
    "path": ("wait_for", {"path": "/etc/passwd", "search_regex": "^(?P<who>root):(.)"}),
    "group there": ("group", {"name": "root"}),
    "user there": ("user", {"name": "root"}),
}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what ansible-core answers to all tasks, for real ("name") and in check mode ("name?"), and "facts"."""
    folder = tmp_path_factory.mktemp("ansible")
    tasks: list[dict[str, Any]] = []
    names = {}
    for name, (module, args) in TASKS.items():
        for check in (False, True):
            variable = f"r{len(names)}"
            names[name + "?" * check] = variable
            task = {f"ansible.builtin.{module}": args, "register": variable, "check_mode": check}
            tasks.append(task | {"ignore_errors": True})
    tasks.append(
        {"ansible.builtin.setup": {"gather_subset": ["all", "!facter", "!ohai"]}, "register": "facts"}
    )
    answer = folder / "answer"
    every = ", ".join(f"{name!r}: {variable}" for name, variable in names.items())
    content = "{{ {" + every + ", 'facts': facts} | to_json }}"
    tasks.append({"ansible.builtin.copy": {"content": content, "dest": str(answer)}})
    book = folder / "book.yaml"
    book.write_text(json.dumps([{"hosts": "here", "gather_facts": False, "tasks": tasks}]))
    environment = os.environ | {
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
    command = [str(ANSIBLE), "-i", "here,", "-c", "local", str(book)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert answer.exists(), done.stdout + done.stderr
    found = json.loads(answer.read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_results(run: Run, theirs: dict[str, dict[str, Any]], name: str, *, check: bool) -> None:
    module, args = TASKS[name]
    expected = theirs[name + "?" * check]
    found = run(module, args, check=check)
    assert found.get("failed", False) == expected.get("failed", False)
    assert found.get("skipped", False) == expected.get("skipped", False)
    if found.get("failed") and name.startswith("no "):
        assert str(found.pop("msg")).split(":")[-2] in str(
            expected.pop("msg")
        )  # the words differ, the reason not
    if not found.get("skipped"):
        assert {key: found[key] for key in found if key not in MOMENT} == {
            key: expected[key] for key in expected if key not in MOMENT
        }


def test_facts(run: Run, theirs: dict[str, dict[str, Any]]) -> None:
    expected = theirs["facts"]["ansible_facts"]
    ours = {name.removeprefix("ansible_"): value for name, value in run("setup", {})["ansible_facts"].items()}
    names = {name.removeprefix("ansible_") for name in expected} - {"discovered_interpreter_python"}
    # LVM's and ethtool's details depend on tools that Ansible finds and that are not asked here
    assert names - set(ours) <= {"lvm"}
    for name in (
        "distribution", "distribution_version", "distribution_release", "os_family", "kernel", "architecture",
        "hostname", "nodename", "fqdn", "interfaces", "default_ipv4", "memtotal_mb", "processor", "processor_vcpus",
        "processor_nproc", "user_id", "user_shell", "service_mgr", "pkg_mgr", "dns", "machine_id", "all_ipv4_addresses",
        "cmdline", "proc_cmdline", "userspace_bits", "lsb", "apparmor", "selinux", "system", "domain",
        "virtualization_type", "virtualization_role", "product_name", "form_factor", "device_links",
    ):  # fmt: skip
        if f"ansible_{name}" in expected:
            mine, other = ours[name], expected[f"ansible_{name}"]
            assert (
                (sorted(mine), name) == (sorted(other), name)
                if isinstance(other, list)
                else (mine, name) == (other, name)
            )
