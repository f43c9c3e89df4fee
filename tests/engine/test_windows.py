"""Playbooks on simulated Windows machines behind real WinRM listeners and a real sshd."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from playing import Recorder

from officefleet.engine.events import Status
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.errors import ExitCode, LabError
from officefleet.inventory import load_inventory
from officefleet.lab import sshd
from officefleet.modules import registry

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
HEAD = "- hosts: postes\n  gather_facts: false\n  tasks:\n"
KEY = "HKLM:\\SOFTWARE\\Officine"


def play(rig: Any, text: str, folder: Path, variables: str = "", **options: Any) -> tuple[Recorder, Any]:
    ca = f"\n    ansible_winrm_ca_trust_path: {rig.ca}" if rig.tls else ""
    inventory = folder / "hosts.yml"
    inventory.write_text(
        f"""postes:
  hosts:
    poste-01: {{}}
  vars:
    ansible_connection: winrm
    ansible_host: 127.0.0.1
    ansible_port: {rig.port}
    ansible_user: admin
    ansible_password: "s3cret-\\xe9t\\xe9"
    ansible_winrm_scheme: {"https" if rig.tls else "http"}{ca}
    ansible_winrm_transport: ntlm
{variables}""",
        encoding="utf-8",
    )
    file = folder / "play.yml"
    file.write_text(text, encoding="utf-8")
    recorder = Recorder()
    result = run_playbooks([file], load_inventory([inventory]), Options(**options), [recorder])
    return recorder, result


def data_of(rig: Any, name: str) -> Any:
    found = rig.machine.registry.value("HKLM\\SOFTWARE\\Officine", name)
    return found and found[1]


def results(recorder: Recorder) -> dict[str, Any]:
    return {one.task: one.result for one in recorder.finished()}


def test_fifty_tasks_cost_at_most_twenty_requests_with_ntlm(
    windows_rig: Callable[..., Any], tmp_path: Path
) -> None:
    rig = windows_rig(latency=0.006)
    text = HEAD + "".join(
        f"    - ansible.windows.win_regedit: {{path: '{KEY}', name: v{n}, data: {n}, type: dword}}\n"
        for n in range(50)
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, recorder.events[-3:]
    assert [one.status for one in recorder.finished()] == [Status.CHANGED] * 50
    assert len(rig.journal) <= 20
    assert len(rig.started) == 1
    assert rig.service.shells == {}
    recorder, result = play(rig, text, tmp_path)
    assert [one.status for one in recorder.finished()] == [Status.OK] * 50


def test_the_language_works_as_on_linux(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig(tls=True)
    rig.machine.extra["commands"] = {"bad": {"rc": 3}, "caisse": {"stdout": "d\xe9j\xe0 pay\xe9\r\n"}}
    text = (
        HEAD
        + f"""\
    - name: loop
      win_regedit: {{path: '{KEY}', name: "{{{{ item }}}}", data: x}}
      loop: [a, b]
      notify: seen
    - name: register
      win_command: caisse
      register: said
    - name: when
      win_regedit: {{path: '{KEY}', name: c, data: "{{{{ said.stdout | trim }}}}"}}
      when: said.rc == 0
    - name: never
      win_regedit: {{path: '{KEY}', name: never, data: x}}
      when: said.rc == 1
    - block:
        - name: fails
          win_command: bad
        - name: not reached
          win_regedit: {{path: '{KEY}', name: never, data: x}}
      rescue:
        - name: rescued
          win_regedit: {{path: '{KEY}', name: d, data: "{{{{ ansible_failed_result.rc }}}}"}}
      always:
        - name: always
          win_ping:
    - name: ignored
      win_command: bad
      ignore_errors: true
    - name: judged
      win_command: bad
      failed_when: false
      changed_when: false
    - name: here
      delegate_to: localhost
      command: echo local
      vars: {{ansible_connection: local}}
  handlers:
    - name: seen
      win_regedit: {{path: '{KEY}', name: handler, data: x}}
"""
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.status, one.result) for one in recorder.finished()]
    assert [data_of(rig, one) for one in ("a", "b", "c", "d", "handler", "never")] == [
        "x", "x", "d\xe9j\xe0 pay\xe9", "3", "x", None,
    ]  # fmt: skip
    states = {one.task: one.status for one in recorder.finished()}
    assert states["never"] is Status.SKIPPED
    assert states["ignored"] is Status.IGNORED
    assert states["judged"] is Status.OK
    assert results(recorder)["here"]["stdout"] == "local"


def test_check_mode_changes_nothing_and_predicts(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    text = (
        HEAD
        + f"""\
    - win_regedit: {{path: '{KEY}', name: a, data: x}}
    - win_file: {{path: 'C:\\Temp\\journal', state: directory}}
    - win_service_info:
"""
    )
    recorder, result = play(rig, text, tmp_path, check=True, diff=True)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    assert [one.result["changed"] for one in recorder.finished()] == [True, True, False]
    assert rig.machine.journal == []
    assert recorder.finished()[0].result["diff"]


def test_files_and_templates_reach_the_host(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    (tmp_path / "galss.ini.j2").write_text("[lecteur]\nport={{ com }}\nnom=Café\n", encoding="utf-8")
    text = (
        HEAD
        + """\
    - win_copy: {content: "bonjour", dest: 'C:\\Temp\\a.txt'}
    - win_template: {src: galss.ini.j2, dest: 'C:\\Temp\\galss.ini'}
      vars: {com: COM3}
    - win_stat: {path: 'C:\\TEMP\\A.TXT'}
      register: found
    - assert: {that: found.stat.exists}
"""
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    assert (
        rig.machine.files.get("C:\\Temp\\galss.ini").data == "[lecteur]\r\nport=COM3\r\nnom=Café\r\n".encode()
    )


def test_facts_are_gathered_and_used(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig(tls=True)
    text = (
        HEAD.replace("gather_facts: false", "gather_facts: true")
        + f"""\
    - win_regedit: {{path: '{KEY}', name: nom, data: "{{{{ ansible_facts.hostname }}}}"}}
      when: ansible_facts.os_family == 'Windows'
"""
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    assert data_of(rig, "nom") == rig.machine.hostname


def test_a_linux_host_delegates_to_a_poste(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    (tmp_path / "a.j2").write_text("a\n", encoding="utf-8")
    text = f"""\
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {{ansible_python_interpreter: /usr/bin/python3}}
  tasks:
    - win_regedit: {{path: '{KEY}', name: a, data: "{{{{ inventory_hostname }}}}"}}
      delegate_to: poste-01
    - win_template: {{src: a.j2, dest: 'C:\\Temp\\a.txt'}}
      delegate_to: poste-01
    - win_ping:
      ignore_errors: true
"""
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    assert data_of(rig, "a") == "localhost"
    assert rig.machine.files.get("C:\\Temp\\a.txt").data == b"a\r\n"
    assert results(recorder)["win_ping"]["msg"] == "the module win_ping runs on Windows only"


def test_async_goes_on_by_itself(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    rig.machine.extra["commands"] = {"long": {"stdout": "done"}}
    text = (
        HEAD
        + """\
    - name: waited
      win_command: long
      async: 30
      poll: 1
    - name: fired
      win_command: long
      async: 30
      poll: 0
      register: job
    - name: asked
      async_status: {jid: "{{ job.ansible_job_id }}"}
      register: answer
      until: answer.finished
      retries: 20
      delay: 0
"""
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    found = results(recorder)
    assert found["waited"]["stdout"] == found["asked"]["stdout"] == "done"


def test_raw_and_a_linux_module(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    recorder, result = play(rig, HEAD + "    - raw: hostname\n    - apt: {name: hello}\n", tmp_path)
    assert result.exit_code == ExitCode.FAILED
    assert recorder.finished()[0].result["rc"] == 0
    assert "does not run on Windows" in recorder.finished()[1].result["msg"]


class Said(Mapping[str, Any]):
    """What a command says at the moment when it runs."""

    def __init__(self, say: Callable[[], dict[str, Any]]) -> None:
        self._say = say
        self._found: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        self._found = self._say()
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, key: str) -> Any:
        return self._found[key]


def test_a_play_goes_on_after_a_reboot(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    rig = windows_rig()
    spec = registry.get("win_reboot")
    assert spec is not None
    args = spec.spec.args()
    up = threading.Event()

    def restart() -> dict[str, Any]:
        def away() -> None:
            rig.down = True
            rig.service.forget()
            rig.cut()
            rig.machine.reboot()
            up.wait(1.5)
            rig.down = False

        threading.Timer(0.2, away).start()
        return {"stdout": ""}

    assert spec.controller is not None
    rig.machine.extra["commands"] = {
        args.boot_time_command: Said(lambda: {"stdout": f"{rig.machine.boot_time}\r\n"}),  # type: ignore[attr-defined]
        spec.controller.command(args): Said(restart),  # type: ignore[union-attr]
    }
    text = (
        HEAD
        + f"""\
    - win_regedit: {{path: '{KEY}', name: a, data: x}}
    - win_reboot:
    - win_regedit: {{path: '{KEY}', name: b, data: x}}
"""
    )
    recorder, result = play(rig, text, tmp_path)
    assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
    assert rig.machine.reboots == 1
    assert results(recorder)["win_reboot"]["rebooted"] is True
    assert data_of(rig, "b") == "x"


def test_forty_hosts_at_once(windows_rig: Callable[..., Any], tmp_path: Path) -> None:
    """One machine under forty names: as many shells, and none is left."""
    rig = windows_rig(max_shells=100)
    file = tmp_path / "many.ini"
    file.write_text(
        "[postes]\n"
        + "".join(f"poste-{n:02d}\n" for n in range(40))
        + "[postes:vars]\nansible_connection=winrm\nansible_host=127.0.0.1\nansible_user=admin\n"
        + f"ansible_port={rig.port}\nansible_password='s3cret-\xe9t\xe9'\nansible_winrm_scheme=http\n",
        encoding="utf-8",
    )
    playbook = tmp_path / "play.yml"
    lines = f"    - win_regedit: {{path: '{KEY}', name: '{{{{ inventory_hostname }}}}', data: x}}\n    - win_ping:\n"
    playbook.write_text(HEAD + lines, encoding="utf-8")
    recorder = Recorder()
    result = run_playbooks([playbook], load_inventory([file]), Options(forks=20), [recorder])
    assert result.exit_code == 0, [
        (one.host, one.task, one.result) for one in recorder.finished() if one.result.get("failed")
    ]
    assert len(recorder.finished()) == 80
    assert all(data_of(rig, f"poste-{n:02d}") == "x" for n in range(40))
    assert rig.service.shells == {}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ("    ansible_become: true\n", "become is not supported on Windows"),
        ("    ansible_winrm_message_encryption: maybe\n", "ansible_winrm_message_encryption is 'maybe'"),
        ("    ansible_winrm_read_timeout_sec: 5\n", "must be larger"),
        ("    ansible_winrm_transport: ntml\n", "knows no 'ntml'"),
    ],
)
def test_connection_variables_that_make_no_sense(
    windows_rig: Callable[..., Any], tmp_path: Path, variables: str, words: str
) -> None:
    rig = windows_rig()
    text = HEAD + "    - win_ping:\n"
    if "transport" in variables:
        text = text.replace("  tasks:", "  vars: {ansible_winrm_transport: ntml}\n  tasks:")
        variables = ""
    recorder, result = play(rig, text, tmp_path, variables)
    assert result.exit_code != 0
    assert words in recorder.finished()[0].result["msg"]
    assert rig.journal == []


def test_a_wrong_password_makes_the_host_unreachable_and_is_not_shown(
    windows_rig: Callable[..., Any], tmp_path: Path
) -> None:
    rig = windows_rig()
    rig.users["admin"] = "other"
    (rig.folder / "ntlm-users").write_text(":admin:other\n", encoding="utf-8")
    recorder, result = play(rig, HEAD + "    - win_ping:\n", tmp_path)
    assert result.exit_code == ExitCode.UNREACHABLE
    assert "s3cret" not in repr(recorder.events)
    assert "401" in repr(recorder.events)


@pytest.mark.parametrize("shell", ["powershell", "cmd"])
def test_the_same_agent_behind_a_real_sshd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setattr(sshd, "_CONFIG", sshd._CONFIG + "SetEnv PATH=/srv:/usr/bin:/bin\n")
    rigs = Path(__file__).parent.parent / "rigs"
    try:
        farm = sshd.SshFarm(1).__enter__()
    except LabError as error:
        pytest.skip(f"no sandboxed sshd here: {error}")
    try:
        program = farm.hosts[0].folder / "srv" / "powershell.exe"
        shutil.copytree(
            rigs, farm.hosts[0].folder / "srv" / "rigs", ignore=shutil.ignore_patterns("__pycache__")
        )
        program.write_text(
            '#!/bin/sh\nexec /usr/bin/python3 /srv/rigs/windows_agent.py powershell.exe "$@"\n',
            encoding="ascii",
        )
        program.chmod(0o755)
        inventory = tmp_path / "farm.yml"
        farm.write_inventory(inventory)
        file = tmp_path / "play.yml"
        tasks = "".join(f"    - win_regedit: {{path: '{KEY}', name: v{n}, data: x}}\n" for n in range(20))
        tail = f"    - win_reg_stat: {{path: '{KEY}', name: v7}}\n      register: r\n    - assert: {{that: r.value == 'x'}}\n"
        head = HEAD.replace("postes", "farm").replace(
            "  tasks:", f"  vars: {{ansible_shell_type: {shell}}}\n  tasks:"
        )
        file.write_text(head + tasks + tail, encoding="utf-8")
        recorder = Recorder()
        options = Options(known_hosts=(str(farm.known_hosts),))
        result = run_playbooks([file], load_inventory([inventory]), options, [recorder])
        assert result.exit_code == 0, [(one.task, one.result) for one in recorder.finished()]
        assert recorder.trips() == 3  # the key that the first one makes is news to the second
    finally:
        farm.__exit__(None, None, None)
