"""command and shell on this machine; facts about Ansible's answers were taken from ansible-core 2.18."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from officefleet.agents import execution
from officefleet.agents.kit import Context, Failed
from officefleet.modules import registry

if TYPE_CHECKING:
    from pathlib import Path


def run(module: str, *, check: bool = False, **args: Any) -> dict[str, Any]:
    found = registry.get(module)
    assert found is not None
    return execution.execute(module, found.spec.args.model_validate(args).model_dump(), Context(check=check))


def failure(module: str, **args: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        run(module, **args)
    return caught.value


def test_output_is_split_into_lines_and_stripped_of_trailing_ones() -> None:
    result = run("command", cmd="printf 'a\\nb\\n\\n'")
    assert result["changed"] is True
    assert result["rc"] == 0
    assert result["cmd"] == ["printf", "a\\nb\\n\\n"]
    assert result["stdout"] == "a\nb"
    assert result["stdout_lines"] == ["a", "b"]
    assert result["stderr_lines"] == []
    assert result["msg"] == ""
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$", result["start"])
    assert re.match(r"0:00:0\d\.\d+$", result["delta"])


def test_trailing_lines_stay_when_asked() -> None:
    assert run("command", cmd="echo a", strip_empty_ends=False)["stdout"] == "a\n"


def test_command_takes_no_shell_syntax() -> None:
    assert run("command", cmd="echo a > /nonexistent/b | c")["stdout"] == "a > /nonexistent/b | c"


def test_argv_words_stay_whole_and_variables_expand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_WORD", "two words")
    argv = ["printf", "<%s>", "a b", "$OF_WORD", "*"]
    assert run("command", argv=argv)["stdout"] == "<a b><two words><*>"
    assert run("command", argv=argv, expand_argument_vars=False)["stdout"] == "<a b><$OF_WORD><*>"


def test_stdin_gets_a_newline_unless_told_otherwise() -> None:
    assert run("command", cmd="wc -c", stdin="abc")["stdout"] == "4"
    assert run("command", cmd="wc -c", stdin="abc", stdin_add_newline=False)["stdout"] == "3"


@pytest.mark.parametrize("module", ["command", "shell"])
def test_a_code_other_than_zero_fails_with_all_fields(module: str) -> None:
    error = failure(module, cmd="sh -c 'echo out; echo err >&2; exit 3'")
    assert error.msg == "non-zero return code"
    assert error.fields["rc"] == 3
    assert error.fields["changed"] is True
    assert error.fields["stdout_lines"] == ["out"]
    assert error.fields["stderr"] == "err"


def test_a_program_that_does_not_exist() -> None:
    error = failure("command", cmd="officefleet-no-such-program -x")
    assert "No such file or directory" in error.msg
    assert error.fields["rc"] == 2
    assert error.fields["changed"] is False
    assert error.fields["stdout"] == ""
    assert error.fields["cmd"] == "officefleet-no-such-program -x"


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    error = failure("command", cmd="ls", chdir=str(tmp_path / "gone"))
    assert "Unable to change directory before execution" in error.msg
    assert error.fields["rc"] is None


@pytest.mark.parametrize("check", [False, True])
def test_creates_and_removes_skip_relative_to_chdir(tmp_path: Path, *, check: bool) -> None:
    (tmp_path / "made.txt").touch()
    result = run("command", check=check, cmd="touch ran", chdir=str(tmp_path), creates="*.txt")
    assert result["changed"] is False
    assert result["stdout"] == "skipped, since *.txt exists"
    verb = "Would not" if check else "Did not"
    assert result["msg"] == f"{verb} run command since '*.txt' exists"
    result = run("shell", check=check, cmd="touch ran", chdir=str(tmp_path), removes="gone")
    assert result["changed"] is False
    assert result["msg"] == f"{verb} run command since 'gone' does not exist"
    assert not (tmp_path / "ran").exists()


def test_check_mode_runs_nothing(tmp_path: Path) -> None:
    result = run("shell", check=True, cmd="touch ran", chdir=str(tmp_path))
    assert (result["changed"], result["skipped"]) == (False, True)
    result = run("shell", check=True, cmd="touch ran", chdir=str(tmp_path), creates="other")
    assert result["changed"] is True
    assert "skipped" not in result
    assert not (tmp_path / "ran").exists()


def test_shell_interprets_and_takes_another_shell() -> None:
    result = run("shell", cmd="echo a | tr a b; echo $0")
    assert result["stdout_lines"] == ["b", "/bin/sh"]
    assert result["cmd"] == "echo a | tr a b; echo $0"
    assert run("shell", cmd="echo ${BASH_VERSION%%.*}", executable="/bin/bash")["stdout"].isdigit()


def test_a_background_child_does_not_hold_the_task() -> None:
    start = time.monotonic()
    result = run("shell", cmd="sleep 30 & echo $!")
    assert time.monotonic() - start < 10
    run("command", argv=["kill", result["stdout"]])


def test_bytes_that_are_not_text_travel_both_ways() -> None:
    result = run("shell", cmd="printf '\\351'")
    assert result["stdout"] == "\udce9"
    again = run("command", cmd="od -An -tx1", stdin=result["stdout"], stdin_add_newline=False)
    assert again["stdout"].split() == ["e9"]


@pytest.mark.parametrize(
    "args", [{}, {"cmd": " "}, {"argv": []}, {"cmd": "ls", "argv": ["ls"]}, {"cmd": "ls", "creats": "x"}]
)
def test_arguments_that_are_refused(args: dict[str, Any]) -> None:
    found = registry.get("ansible.builtin.command")
    assert found is not None
    with pytest.raises(ValidationError):
        found.spec.args.model_validate(args)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4))
def test_argv_reaches_the_program_unchanged(words: list[str]) -> None:
    argv = ["printf", "%s\\0", *words]
    result = run("command", argv=argv, expand_argument_vars=False, strip_empty_ends=False)
    expected = "".join(word + "\0" for word in words) if words else "\0"
    assert result["stdout"] == expected
