"""What the engine promises beyond Ansible: batches, barriers, honest failures, secrets that stay secret."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import Recorder, play_text

from officefleet.engine.events import Status
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.errors import ExitCode, IncludeLoopError, ProblemsError
from officefleet.inventory import load_inventory

HEAD = "- hosts: h1\n  gather_facts: false\n  tasks:\n"


def statuses(recorder: Recorder) -> dict[str, Status]:
    return {one.task: one.status for one in recorder.finished()}


def test_fifty_independent_tasks_cost_one_round_trip(tmp_path: Path) -> None:
    tasks = "".join(f"    - {{name: t{n}, command: echo {n}}}\n" for n in range(50))
    recorder, result = play_text(HEAD + tasks, tmp_path)
    assert result.exit_code == 0
    assert recorder.trips() == 1
    assert [one.result["stdout"] for one in recorder.finished()] == [str(n) for n in range(50)]


def test_a_needed_result_ends_the_batch_and_nothing_else_does(tmp_path: Path) -> None:
    text = HEAD + (
        "    - {name: a, command: echo a, register: a}\n"
        "    - {name: b, command: echo b}\n"
        "    - {name: c, set_fact: {c: 1}}\n"
        "    - {name: d, command: 'echo {{ c }}', when: c == 1}\n"
        "    - {name: e, command: 'echo {{ a.stdout }}'}\n"
        "    - {name: f, command: echo f, loop: [1, 2, 3]}\n"
    )
    recorder, _result = play_text(text, tmp_path)
    assert recorder.trips() == 2
    assert recorder.finished("e")[0].result["stdout"] == "a"


def test_tasks_after_a_failure_are_not_run(tmp_path: Path) -> None:
    text = HEAD + (
        f"    - {{name: bad, command: /bin/false}}\n    - {{name: after, command: touch {tmp_path}/after}}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == ExitCode.FAILED
    assert not (tmp_path / "after").exists()
    assert list(statuses(recorder)) == ["bad"]


def test_a_loop_runs_all_its_items_before_it_fails(tmp_path: Path) -> None:
    text = HEAD + (
        f"    - {{name: some, command: 'sh -c \"touch {tmp_path}/i{{{{ item }}}}; test {{{{ item }}}} = 2\"', loop: [1, 2, 3]}}\n"
        f"    - {{name: after, command: touch {tmp_path}/after}}\n"
    )
    play_text(text, tmp_path)
    assert sorted(one.name for one in tmp_path.glob("i*")) == ["i1", "i2", "i3"]
    assert not (tmp_path / "after").exists()


def test_facts_set_in_rescue_reach_tasks_that_were_planned_before(tmp_path: Path) -> None:
    text = HEAD + (
        "    - set_fact: {word: before}\n"
        "    - block:\n"
        "        - {name: bad, command: /bin/false}\n"
        "      rescue:\n"
        "        - set_fact: {word: rescued}\n"
        "    - {name: say, command: 'echo {{ word }}'}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == 0
    assert recorder.finished("say")[0].result["stdout"] == "rescued"


def test_hosts_run_free_where_nobody_can_see_it(tmp_path: Path) -> None:
    """h1 waits in its first task for a file that h2 makes in its second: a linear run would hang."""
    text = (
        "- hosts: h1:h2\n  gather_facts: false\n  tasks:\n"
        f"    - {{name: first, command: 'sh -c \"while ! test -e {tmp_path}/made; do sleep 0.01; done\"', when: inventory_hostname == 'h1', timeout: 20}}\n"
        f"    - {{name: second, command: 'touch {tmp_path}/made'}}\n"
    )
    _recorder, result = play_text(text, tmp_path)
    assert result.exit_code == 0


def test_a_look_at_another_host_waits_for_it(tmp_path: Path) -> None:
    text = (
        "- hosts: h1:h2\n  gather_facts: false\n  tasks:\n"
        "    - {name: slow, command: sleep 0.5, when: inventory_hostname == 'h2'}\n"
        "    - {name: mine, command: 'echo {{ inventory_hostname }}', register: mine}\n"
        "    - {name: theirs, debug: {msg: \"{{ hostvars['h2'].mine.stdout }}\"}}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == 0
    assert {one.result["msg"] for one in recorder.finished("theirs")} == {"h2"}


def test_unreachable_is_not_failed(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(
        "gone ansible_host=127.0.0.1 ansible_port=1\nhere ansible_connection=local\n", encoding="utf-8"
    )
    (tmp_path / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n", encoding="utf-8"
    )
    recorder = Recorder()
    result = run_playbooks(
        [tmp_path / "play.yml"], load_inventory([tmp_path / "hosts"]), Options(), [recorder]
    )
    assert result.exit_code == ExitCode.UNREACHABLE
    assert (result.recap["gone"].unreachable, result.recap["gone"].failed) == (1, 0)
    assert result.recap["here"].ok == 1


def test_time_limit_of_a_task(tmp_path: Path) -> None:
    recorder, result = play_text(HEAD + "    - {name: slow, command: sleep 30, timeout: 1}\n", tmp_path)
    assert result.exit_code == ExitCode.FAILED
    assert "timed out" in recorder.finished("slow")[0].result["msg"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo nonsense; exit 1", "agent ended"),
        ("exit 127", "no /"),
        ("""printf '{"t":"res","b":1,"i":0,"r":7}\\n'; sleep 1""", "not a mapping"),
        ("head -c 70000000 /dev/zero; sleep 1", "a line of more than"),
        ("""printf '{"t":"need","sha":["../../etc/passwd"]}\\n'; cat >/dev/null""", ""),
    ],
)
def test_a_hostile_host_only_fails_itself(tmp_path: Path, script: str, words: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "hosts").write_text(
        f"bad ansible_connection=local ansible_python_interpreter={python}\ngood ansible_connection=local\n",
        encoding="utf-8",
    )
    (tmp_path / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n", encoding="utf-8"
    )
    recorder = Recorder()
    result = run_playbooks(
        [tmp_path / "play.yml"], load_inventory([tmp_path / "hosts"]), Options(silence=5), [recorder]
    )
    assert result.exit_code in (ExitCode.FAILED, ExitCode.UNREACHABLE)
    assert result.recap["good"].ok == 1
    assert words in next(one for one in recorder.finished() if one.host == "bad").result["msg"]


def test_no_log_hides_the_result_and_nothing_else(tmp_path: Path) -> None:
    text = HEAD + (
        "    - {name: secret, command: echo hunter22, no_log: true, register: r}\n"
        "    - {name: use, command: 'test {{ r.stdout }} = hunter22'}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == 0
    assert "hunter22" not in json.dumps(recorder.finished("secret")[0].result)


def test_passwords_are_masked_everywhere(tmp_path: Path) -> None:
    text = HEAD + "    - {name: leak, command: echo my-login-password}\n"
    recorder, _result = play_text(text, tmp_path, password="my-login-password")
    assert "my-login-password" not in json.dumps([one.result for one in recorder.finished()])


def test_large_content_travels_once_and_only_when_needed(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "driver.bin").write_bytes(os.urandom(6 << 20))
    text = HEAD + f"    - {{name: big, copy: {{src: driver.bin, dest: {tmp_path}/copy.bin}}}}\n"
    _recorder, result = play_text(text, tmp_path)
    assert result.exit_code == 0
    assert (tmp_path / "copy.bin").read_bytes() == (tmp_path / "files" / "driver.bin").read_bytes()
    recorder, _result = play_text(text, tmp_path)
    assert recorder.finished("big")[0].status is Status.OK
    assert max(one.sent for one in recorder.events if hasattr(one, "sent")) < 200_000


def test_nothing_happens_before_everything_has_been_checked(tmp_path: Path) -> None:
    text = HEAD + f"    - command: touch {tmp_path}/touched\n    - copy: {{dset: /x}}\n"
    with pytest.raises(ProblemsError) as caught:
        play_text(text, tmp_path)
    assert "dset" in caught.value.problems[0].message
    assert not (tmp_path / "touched").exists()


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    (tmp_path / "again.yml").write_text("- include_tasks: again.yml\n", encoding="utf-8")
    with pytest.raises(ProblemsError) as caught:
        play_text(HEAD + "    - include_tasks: again.yml\n", tmp_path)
    assert isinstance(caught.value.problems[0], IncludeLoopError)


def test_an_include_that_only_the_run_can_know_does_not_recurse_for_ever(tmp_path: Path) -> None:
    (tmp_path / "again.yml").write_text("- include_tasks: '{{ file }}'\n", encoding="utf-8")
    recorder, result = play_text(
        HEAD + "    - include_tasks: '{{ file }}'\n", tmp_path, extra_vars={"file": "again.yml"}
    )
    assert result.exit_code == ExitCode.FAILED
    assert "nested" in str(recorder.events)


@pytest.mark.parametrize("module", ["copy", "file", "lineinfile"])
def test_check_predicts_the_run_and_a_second_check_finds_nothing(tmp_path: Path, module: str) -> None:
    arguments = {
        "copy": f"{{content: x, dest: {tmp_path}/f}}",
        "file": f"{{path: {tmp_path}/d, state: directory, mode: '0700'}}",
        "lineinfile": f"{{path: {tmp_path}/l, line: a, create: true}}",
    }[module]
    text = HEAD + f"    - {{name: t, {module}: {arguments}}}\n"
    found = [
        play_text(text, tmp_path, check=check)[0].finished("t")[0].status
        for check in (True, True, False, True)
    ]
    assert found == [Status.CHANGED, Status.CHANGED, Status.CHANGED, Status.OK]


def test_an_interruption_ends_the_run_at_once(tmp_path: Path) -> None:
    class Interrupt:
        def handle(self, event: Any) -> None:
            if getattr(event, "task", "") == "now":
                raise KeyboardInterrupt

    text = HEAD + "    - {name: now, command: 'true'}\n    - {name: long, command: sleep 60}\n"
    (tmp_path / "play.yml").write_text(text, encoding="utf-8")
    (tmp_path / "hosts").write_text("h1 ansible_connection=local\n", encoding="utf-8")
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run_playbooks([tmp_path / "play.yml"], load_inventory([tmp_path / "hosts"]), Options(), [Interrupt()])
    assert threading.active_count() == before


def test_portions_and_a_limit_on_failures(tmp_path: Path) -> None:
    text = (
        "- hosts: all\n  gather_facts: false\n  serial: 1\n  max_fail_percentage: 0\n  tasks:\n"
        "    - {name: t, command: /bin/false}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == ExitCode.FAILED
    assert len(recorder.finished("t")) == 1


def test_a_condition_must_be_a_boolean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "    - {name: t, command: echo x, when: word}\n"
    recorder, result = play_text(text, tmp_path, extra_vars={"word": "some text"})
    assert result.exit_code == ExitCode.FAILED
    assert "not true or false" in recorder.finished("t")[0].result["msg"]
    monkeypatch.setenv("ANSIBLE_ALLOW_BROKEN_CONDITIONALS", "1")
    recorder, _result = play_text(text, tmp_path, extra_vars={"word": "some text"})
    assert statuses(recorder) == {"t": Status.CHANGED}


def test_what_fails_once_for_all_is_rescued_for_all(tmp_path: Path) -> None:
    text = (
        HEAD.replace("h1", "all")
        + "    - block: [{name: once, fail: {msg: x}, run_once: true}]\n"
        + "      rescue: [{name: rescue, debug: {msg: r}}]\n"
        + "    - {name: after, debug: {msg: o}}\n"
    )
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == ExitCode.OK
    assert [one.host for one in recorder.finished("rescue")] == ["h1", "h2", "h3"]
    assert len(recorder.finished("after")) == 3


def test_a_notification_that_reaches_nobody_fails_its_task(tmp_path: Path) -> None:
    text = HEAD + "    - {name: t, command: 'true', notify: nobody}\n    - {name: after, debug: {msg: o}}\n"
    recorder, result = play_text(text, tmp_path)
    assert result.exit_code == ExitCode.FAILED
    assert "nobody" in recorder.finished("t")[0].result["msg"]
    assert not recorder.finished("after")


def test_raw_and_script_need_no_python(tmp_path: Path) -> None:
    """The host has no Python until a raw task has put one there; what follows runs through it."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "hello.sh").write_text(
        "#!/bin/sh\necho hello $1 from $(pwd)\nexit $2\n", encoding="utf-8"
    )
    python = tmp_path / "python"
    (tmp_path / "hosts").write_text(
        f"new ansible_connection=local ansible_python_interpreter={python}\n", encoding="utf-8"
    )
    (tmp_path / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - {name: raw, raw: 'echo $((6 * 7)); echo oops >&2'}\n"
        f"    - {{name: script, script: {{cmd: hello.sh you 0, chdir: {tmp_path}}}}}\n"
        "    - {name: fails, script: hello.sh you 3, ignore_errors: true}\n"
        f"    - {{name: skipped, script: {{cmd: hello.sh you 0, creates: {tmp_path}/files}}}}\n"
        "    - {name: too early, ping: , ignore_errors: true}\n"
        f"    - {{name: install, raw: 'ln -s /usr/bin/python3 {python}'}}\n"
        "    - {name: ping, ping: }\n",
        encoding="utf-8",
    )
    recorder = Recorder()
    run_playbooks([tmp_path / "play.yml"], load_inventory([tmp_path / "hosts"]), Options(), [recorder])
    found = {one.task: one for one in recorder.finished()}
    assert (found["raw"].result["stdout"], found["raw"].result["stderr"]) == ("42\n", "oops\n")
    assert found["script"].result["stdout"] == f"hello you from {tmp_path}\n"
    assert (found["fails"].status, found["fails"].result["rc"]) == (Status.IGNORED, 3)
    assert found["skipped"].status is Status.SKIPPED
    assert found["too early"].status is Status.IGNORED
    assert found["ping"].status is Status.OK


def test_content_that_is_missing_is_asked_for_once_and_all_together(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name in ("one", "two"):
        (tmp_path / "files" / name).write_bytes(os.urandom(200_000))
    text = HEAD + (
        f"    - {{name: folder, file: {{path: {tmp_path}/new, state: directory}}}}\n"
        f"    - {{name: one, copy: {{src: one, dest: {tmp_path}/new/one}}}}\n"
        f"    - {{name: two, copy: {{src: two, dest: {tmp_path}/new/two}}}}\n"
    )
    recorder, _result = play_text(text, tmp_path)
    assert recorder.trips() == 2
    sent = max(one.sent for one in recorder.events if hasattr(one, "sent"))
    assert 400_000 < sent < 500_000
