"""The engine on real Debian hosts: sudo with and without a password, restarts, a cut link."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.lab.lab import Lab

pytestmark = pytest.mark.lab

PASSWORD = "S3cret-of-the-lab"
SETUP = f"""
- hosts: o0421-comptoir-1
  become: true
  gather_facts: false
  tasks:
    - user: {{name: avec, password: "{{{{ '{PASSWORD}' | password_hash('sha512', 'abcdefgh') }}}}", shell: /bin/bash}}
    - copy: {{content: "avec ALL=(ALL) ALL\\n", dest: /etc/sudoers.d/avec, mode: "0440", validate: "visudo -cf %s"}}
    - file: {{path: /home/avec/.ssh, state: directory, owner: avec, mode: "0700"}}
    - copy: {{src: /home/officefleet/.ssh/authorized_keys, remote_src: true, dest: /home/avec/.ssh/authorized_keys, owner: avec, mode: "0600"}}
- hosts: o0421-comptoir-1
  gather_facts: false
  vars: {{ansible_user: avec, ansible_become_password: "{{{{ given }}}}"}}
  tasks:
    - {{name: who, command: id -un, become: true}}
"""


def call(lab: Lab, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        lab.command(words), env=os.environ | lab.environment(), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def run(lab: Lab, folder: Path, text: str, *options: str) -> tuple[int, str]:
    (folder / "play.yml").write_text(text, encoding="utf-8")
    call(lab, "officefleet", "trust", "officine_0421", "--yes", "--timeout", "2")
    return call(lab, "officefleet", "run", str(folder / "play.yml"), "--no-ledger", "-v", *options)


def test_sudo_asks_for_a_password(systemd_lab: Lab, tmp_path: Path) -> None:
    code, text = run(systemd_lab, tmp_path, SETUP, "-e", f"given={PASSWORD}")
    assert code == 0, text
    assert '"stdout": "root"' in text


def test_a_wrong_password_of_sudo_fails_and_shows_nowhere(systemd_lab: Lab, tmp_path: Path) -> None:
    code, text = run(systemd_lab, tmp_path, SETUP, "-e", "given=not-the-password")
    assert code == 2, text
    assert "sudo refused" in text
    assert "not-the-password" not in text.replace("given=not-the-password", "")


def test_a_host_that_restarts_is_waited_for(systemd_lab: Lab, tmp_path: Path) -> None:
    text = (
        "- hosts: o0421-comptoir-2\n  become: true\n  gather_facts: false\n  tasks:\n"
        "    - {copy: {content: x, dest: /run/gone-after-a-restart}}\n"
        "    - {reboot: {reboot_timeout: 60}}\n"
        "    - {stat: {path: /run/gone-after-a-restart}, register: mark}\n"
        "    - {assert: {that: not mark.stat.exists}}\n"
    )
    code, output = run(systemd_lab, tmp_path, text)
    assert code == 0, output


def test_a_dead_host_is_unreachable_and_the_others_go_on(systemd_lab: Lab, tmp_path: Path) -> None:
    systemd_lab.kill("o0421-comptoir-2")
    try:
        text = "- hosts: comptoir:&officine_0421\n  gather_facts: false\n  tasks: [{ping: }]\n"
        code, output = run(systemd_lab, tmp_path, text, "--timeout", "2")
        assert code == 4, output
        assert "unreachable=1" in output
        assert "ok=1" in output
    finally:
        systemd_lab.start("o0421-comptoir-2")


def test_a_host_whose_sshd_reads_its_settings_anew_is_reached_again(systemd_lab: Lab, tmp_path: Path) -> None:
    play = (
        "- hosts: o0421-comptoir-2\n  become: true\n  gather_facts: false\n"
        "  tasks: [{systemd: {name: ssh, state: reloaded}}]\n"
        "- hosts: o0421-comptoir-2\n  gather_facts: false\n  tasks: [{ping: }]\n"
    )
    code, output = run(systemd_lab, tmp_path, play * 6)
    assert code == 0, output
