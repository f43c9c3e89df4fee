"""What is wrong in a task refuses the playbook, unless the task says itself what happens when it fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import play_text

from officefleet.errors import ProblemsError

HEAD = "- hosts: h1\n  gather_facts: false\n  tasks:\n"
WRONG = "ansible.builtin.file: {path: /tmp/x, nonsense: 1}"


def statuses(text: str, folder: Path) -> dict[str, str]:
    recorder, _result = play_text(HEAD + text, folder)
    return {one.task: one.status.value for one in recorder.finished()}


@pytest.mark.parametrize(
    "task",
    [
        f"    - {{name: t, {WRONG}}}\n",
        f"    - {{name: t, {WRONG}, when: false}}\n",
        f"    - block: [{{name: t, {WRONG}}}]\n      always: []\n",
        "    - {name: t, ansible.builtin.debug: {msg: '{{ 1 + }}'}}\n",
        "    - {name: t, ansible.builtin.include_tasks: nowhere.yml}\n",
        "    - {name: t, some.collection.module: {a: 1}}\n",
        "    - {name: t, dnf: {name: x}}\n",
        "    - {name: t, copyy: {src: x}, when: false}\n",
    ],
)
def test_a_mistake_refuses_the_playbook(task: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemsError):
        statuses(task, tmp_path)


def test_a_task_that_may_fail_is_checked_when_it_runs(tmp_path: Path) -> None:
    found = statuses(
        f"    - {{name: ignored, {WRONG}, ignore_errors: true}}\n"
        f"    - {{name: judged, {WRONG}, failed_when: false}}\n"
        f"    - block: [{{name: tried, {WRONG}}}]\n      rescue: [{{name: rescued, ansible.builtin.debug: {{msg: x}}}}]\n"
        "    - {name: syntax, ansible.builtin.debug: {msg: '{{ 1 + }}'}, ignore_errors: true}\n",
        tmp_path,
    )
    assert found == {
        "ignored": "ignored",
        "judged": "ok",
        "tried": "rescued",
        "rescued": "ok",
        "syntax": "ignored",
    }


def test_a_module_for_another_system_stands_behind_a_condition(tmp_path: Path) -> None:
    found = statuses(
        "    - {name: red hat, dnf: {name: x}, when: false}\n"
        "    - {name: collection, some.collection.module: {a: 1}, when: false}\n"
        "    - {name: missing file, ansible.builtin.include_tasks: nowhere.yml, when: false}\n"
        "    - block: [{name: runs, some.collection.module: {a: 1}}]\n"
        "      rescue: [{name: told, ansible.builtin.debug: {msg: '{{ ansible_failed_result.msg }}'}}]\n",
        tmp_path,
    )
    assert found == {
        "red hat": "skipped", "collection": "skipped", "runs": "rescued", "told": "ok",
    }  # fmt: skip


def test_a_plugin_that_cannot_be_loaded_is_a_problem_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "filter_plugins").mkdir()
    (tmp_path / "filter_plugins" / "bad.py").write_text("import no_such_package_anywhere\n", encoding="utf-8")
    with pytest.raises(Exception, match="no_such_package_anywhere") as caught:
        statuses("    - {name: t, ansible.builtin.debug: {msg: x}}\n", tmp_path)
    assert "bad.py" in str(getattr(caught.value, "problems", [caught.value])[0])


def test_an_error_while_a_task_is_made_ready_ends_that_host_only(tmp_path: Path) -> None:
    text = (
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - {name: t, ansible.builtin.command: echo, throttle: \"{{ 1 if inventory_hostname != 'h2' else nope }}\"}\n"
        "    - {name: rest, ansible.builtin.debug: {msg: x}}\n"
    )
    recorder, _result = play_text(text, tmp_path)
    assert sorted(one.host for one in recorder.finished("rest")) == ["h1", "h3"]
