"""expect with programs that ask."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., dict[str, Any]]

ASKER = "import sys\nfor n in range(int(sys.argv[1])): print('got', input('name %d? ' % n))\nsys.exit(int(sys.argv[2]))"


def ask(times: int, code: int = 0) -> str:
    return shlex.join([sys.executable, "-c", ASKER, str(times), str(code)])


def test_one_answer_for_all(run: Run) -> None:
    found = run("expect", {"command": ask(2), "responses": {"(?i)NAME": "x"}})
    assert (found["rc"], found["changed"]) == (0, True)
    assert found["stdout_lines"] == ["name 0? got x", "name 1? got x"]


def test_a_list_of_answers(run: Run) -> None:
    found = run("expect", {"command": ask(2), "responses": {"name": ["x", "y"]}})
    assert found["stdout_lines"] == ["name 0? got x", "name 1? got y"]
    short = run("expect", {"command": ask(2), "responses": {"name": ["x"]}})
    assert short["failed"]
    assert short["msg"].startswith("No remaining responses for 'name'")


def test_echo(run: Run) -> None:
    assert (
        "name 0? x" in run("expect", {"command": ask(1), "responses": {"name": "x"}, "echo": True})["stdout"]
    )


def test_what_goes_wrong(run: Run) -> None:
    assert run("expect", {"command": ask(1, 3), "responses": {"name": "x"}})["rc"] == 3
    assert (
        run("expect", {"command": "sleep 30", "responses": {}, "timeout": 0.1})["msg"]
        == "command exceeded timeout"
    )
    assert "not found" in run("expect", {"command": "officefleet-nothing", "responses": {}})["msg"]
    assert "bad regular expression" in run("expect", {"command": "true", "responses": {"[": "x"}})["msg"]


def test_a_password_prompt_reaches_the_terminal(run: Run) -> None:
    program = "import getpass; print('secret is', len(getpass.getpass('Password: ')))"
    command = shlex.join([sys.executable, "-c", program])
    found = run("expect", {"command": command, "responses": {"Password:": "abc"}})
    assert "secret is 3" in found["stdout"]
    assert "abc" not in found["stdout"]


@pytest.mark.parametrize("args", [{"creates": "/etc/passwd"}, {"removes": "/etc/officefleet-nothing"}])
def test_nothing_to_do(run: Run, args: dict[str, str]) -> None:
    assert run("expect", {"command": "false", "responses": {}, **args})["changed"] is False


def test_check_mode(run: Run) -> None:
    assert run("expect", {"command": "false", "responses": {}}, check=True)["skipped"]
